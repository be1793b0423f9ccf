// Owns the record of attempts: the fenced step of a delivery and the row that says what happened.
import type { Tx } from './scope.ts';

export type AttemptRecord = {
  readonly deliveryId: string;
  readonly epoch: number;
  /** One of the words the table's check lists. */
  readonly outcome: string;
  readonly statusCode: number | undefined;
  readonly responseExcerpt: string | undefined;
  readonly durationMs: number;
  /** Undefined: the delivery has ended. */
  readonly nextAttemptAt: string | undefined;
};

/**
 * Moves deliveries on and appends their attempts at `now`. Returns the ids that were recorded: one that is missing was
 * fenced, because someone else has claimed it since.
 */
export async function recordAttempts(
  tx: Tx,
  attempts: readonly AttemptRecord[],
  now: string,
): Promise<Set<string>> {
  const column = <K extends keyof AttemptRecord>(key: K) => attempts.map((attempt) => attempt[key] ?? null);
  const rows = await tx<{ id: string }[]>`
    with result as (
      select * from unnest(${column('deliveryId')}::text[], ${column('epoch')}::integer[], ${column('outcome')}::text[],
        ${column('statusCode')}::integer[], ${column('responseExcerpt')}::text[], ${column('durationMs')}::integer[],
        ${column('nextAttemptAt')}::timestamptz[])
        as r (id, epoch, outcome, status_code, response_excerpt, duration_ms, next_attempt_at)
    ), recorded as (
      update webhook_deliveries d set
        attempt_count = d.attempt_count + 1,
        status = case when r.outcome = 'delivered' then 'delivered' when r.next_attempt_at is null then 'exhausted' else 'pending' end,
        next_attempt_at = r.next_attempt_at,
        finished_at = case when r.next_attempt_at is null then ${now}::timestamptz end,
        lease_until = null
      from result r
      where d.id = r.id and d.epoch = r.epoch and d.next_attempt_at is not null
      returning d.id, d.tenant_id, d.attempt_count
    ), appended as (
      insert into webhook_attempts (delivery_id, number, tenant_id, outcome, status_code, response_excerpt, duration_ms, attempted_at)
      select d.id, d.attempt_count, d.tenant_id, r.outcome, r.status_code, r.response_excerpt, r.duration_ms, ${now}
      from recorded d join result r on r.id = d.id
    )
    select id from recorded`;
  return new Set(rows.map((row) => row.id));
}
