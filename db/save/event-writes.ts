// Owns the writes of a turn to billing events, command answers and stale-usage marks.
import type { Writer } from './agreement-writes.ts';

/** A new invoice's number is known only in this statement, so it is put into the snapshots that mention it. */
export const eventWriter: Writer = {
  added: ({ from, tenant, wall, number }) => `
    insert into billing_events (id, tenant_id, customer_id, sequence, type, object_type, object_id, data, previous,
      occurred_at, created_at, trace)
    select r.id, ${tenant}, r.customer_id, r.sequence, r.type, r.object_type, r.object_id,
      ${number === undefined ? 'r.data' : `coalesce(replace(r.data, r.placeholder, ${number}), r.data)`}::json,
      r.previous, r.occurred_at, ${wall}, r.trace from ${from}
    returning id`,
};

export const answerWriter: Writer = {
  changed: ({ from, wall }) => `
    update commands c set status = 'done', result = r.result, decided_at = ${wall} from ${from}
    where c.id = r.id and c.result is null`,
};

export const staleWriter: Writer = {
  changed: ({ from, tenant }) => `
    delete from stale_usage s using ${from}
    where s.tenant_id = ${tenant} and s.customer_id = r.customer_id and s.meter_id = r.meter_id and s.bucket = r.bucket`,
};
