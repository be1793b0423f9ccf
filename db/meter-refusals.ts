// Owns counting events that were refused because a meter could not read them. The events themselves are not kept.
import { inTenant, type Sql } from './scope.ts';

export type Unread = { readonly meterId: string; readonly property: string; readonly code: string };

/** Adds one for each; `at` is system time, RFC 3339. */
export async function noteRefusals(
  sql: Sql,
  tenantId: string,
  { unread, at }: { readonly unread: readonly Unread[]; readonly at: string },
): Promise<void> {
  await inTenant(
    sql,
    tenantId,
    (tx) => tx`
      insert into meter_refusals as r (tenant_id, meter_id, property, code, events, first_at, last_at)
      select ${tenantId}, meter_id, property, code, count(*), ${at}, ${at}
      from unnest(${unread.map(({ meterId }) => meterId)}::text[], ${unread.map(({ property }) => property)}::text[],
        ${unread.map(({ code }) => code)}::text[]) as u (meter_id, property, code)
      group by meter_id, property, code order by meter_id, property, code
      on conflict (meter_id, property, code) do update set events = r.events + excluded.events,
        last_at = greatest(r.last_at, excluded.last_at)`,
  );
}
