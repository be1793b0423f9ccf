// Owns which part of all usage the background check looks at next: one customer's facts, a bounded number at a time.
import type { Tx } from './scope.ts';
import { hourOf } from './usage-hours.ts';

/** Where the check goes on: at a customer from an hour on, or at the first customer after it. */
export type CheckPlace = { readonly customerId: string; readonly from: string | undefined };

export type CheckSlice = {
  readonly tenantId: string;
  readonly customerId: string;
  readonly from: string | undefined;
  /** Null: all that is left of the customer. */
  readonly to: string | null;
};

/** A customer to begin with; `chance` is from 0 to 1. */
export async function anyPlace(tx: Tx, chance: number): Promise<CheckPlace | undefined> {
  const rows = await tx<{ id: string }[]>`
    select id from customers order by id limit 1 offset (select floor(${chance}::float8 * count(*))::bigint from customers)`;
  const [row] = rows;
  return row && { customerId: row.id, from: '1970-01-01T00:00:00Z' };
}

/** What comes next, to the end of the hour in which the customer has `max` facts; undefined behind the last customer. */
export async function nextSlice(tx: Tx, place: CheckPlace, max: number): Promise<CheckSlice | undefined> {
  const { customerId, from = null } = place;
  const rows = await tx<{ tenantId: string; customerId: string; to: string | null }[]>`
    select c.tenant_id as "tenantId", c.id as "customerId", (
      select ${hourOf(tx, tx`f.event_time`)} + interval '1 hour'
      from meter_events f
      where f.customer_id = c.id
        and f.event_time >= case when c.id > ${customerId} then '-infinity' else coalesce(${from}::timestamptz, '-infinity') end
      order by f.event_time offset ${max} limit 1) as "to"
    from (select id, tenant_id from customers
      where ${from === null ? tx`id > ${customerId}` : tx`id >= ${customerId}`} order by id limit 1) c`;
  const [row] = rows;
  if (row === undefined) return undefined;
  return { ...row, from: row.customerId === customerId ? place.from : undefined };
}
