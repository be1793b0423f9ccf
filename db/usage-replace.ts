// Owns putting other facts in the place of those that meters made of stored events, with every rollup exact afterwards.
// Marks and rollups are locked as a drain locks them; the caller holds the events. Refuses to know why facts change.
import type { Tx } from './scope.ts';
import { rolledUp, scopeOf } from './usage-count.ts';
import { hourOf } from './usage-hours.ts';
import { countAgain, lockRollups, type RollupKeys } from './usage-rollups.ts';
import type { UsagePlace } from './usage-sealed.ts';
import { markHours } from './usage-stale.ts';

/** What a meter now makes of an event. Decimals as text. */
export type WantedFact = {
  /** Number of the stored event. */
  readonly ref: string;
  readonly meterId: string;
  readonly value: string;
  /** JSON object, and a key that is equal exactly when the dimensions are; undefined and '' without dimensions. */
  readonly dimensions: string | undefined;
  readonly dimensionKey: string;
  /** Key of the text that is counted once. */
  readonly valueKey: string | undefined;
  readonly amount: string | undefined;
};

export type Replacement = {
  readonly tenantId: string;
  /** Stored events by number, and the meters whose facts of them are replaced. */
  readonly refs: readonly string[];
  readonly meters: readonly string[];
  readonly wanted: readonly WantedFact[];
  /** System time, RFC 3339. */
  readonly at: string;
  /** Set: the event lies at this time from now on. For a single event. */
  readonly movedTo?: string;
};

type Change = {
  readonly ref: string;
  readonly meterId: string;
  readonly customerId: string;
  readonly scopeId: string;
  readonly isRemoved: boolean;
  readonly isAdded: boolean;
  readonly oldTime: string;
  readonly newTime: string;
};

export type Replaced = {
  /** That are to look at their books again. */
  readonly customerIds: readonly string[];
  /** Facts that are others than before. */
  readonly changed: number;
  /** Where such facts were, and where they are now. */
  readonly places: readonly UsagePlace[];
};

/** Replaces what differs and nothing else; doing it twice changes nothing. */
export async function replaceFacts(tx: Tx, replacement: Replacement): Promise<Replaced> {
  const changes = await differences(tx, replacement);
  if (changes.length === 0) return { customerIds: [], changed: 0, places: [] };
  const places = changes.flatMap(({ customerId, meterId, oldTime, newTime }) => [
    { customerId, meterId, time: oldTime },
    { customerId, meterId, time: newTime },
  ]);
  await markHours(tx, replacement, places);
  const removed = changes.filter(({ isRemoved }) => isRemoved);
  const touched = await lockRollups(tx, replacement.tenantId, keysOf(removed));
  if (removed.length > 0) await removeFacts(tx, replacement.tenantId, removed);
  if (replacement.movedTo !== undefined) await moveEvents(tx, replacement, replacement.movedTo);
  const added = changes.filter(({ isAdded }) => isAdded);
  if (added.length > 0) await addFacts(tx, replacement, added);
  await countAgain(tx, replacement.tenantId, touched);
  const customerIds = [...new Set(changes.map(({ customerId }) => customerId))];
  return { customerIds, changed: changes.length, places };
}

async function differences(
  tx: Tx,
  { tenantId, refs, meters, wanted, movedTo }: Replacement,
): Promise<Change[]> {
  return await tx<Change[]>`
    with event as materialized (
      select e.id, e.customer_id, e.subscription_id, e.event_time,
        coalesce(${movedTo ?? null}::timestamptz, e.event_time) as new_time
      from usage_events e where e.tenant_id = ${tenantId} and e.id = any(${refs as string[]}::text[]::bigint[])
    ), had as materialized (
      select f.* from event e cross join lateral (
        select * from meter_events f
        where f.tenant_id = ${tenantId} and f.customer_id = e.customer_id and f.event_time = e.event_time
          and f.event_ref = e.id and f.meter_id = any(${meters as string[]}::text[])
        offset 0) f
    ), wanted as materialized (${wantedRows(tx, wanted)})
    select e.id::text as ref, coalesce(h.meter_id, w.meter_id) as "meterId", e.customer_id as "customerId",
      h.event_ref is not null as "isRemoved", w.ref is not null as "isAdded", e.event_time as "oldTime", e.new_time as "newTime",
      -- Usage keeps the scope it was stored with; what no meter had counted gets the scope that a drain would give it (R14).
      coalesce(h.scope_id, ${scopeOf(tx, { event: 'e', fact: 'w' })}) as "scopeId"
    from had h full join wanted w on w.ref = h.event_ref and w.meter_id = h.meter_id
    join event e on e.id = coalesce(h.event_ref, w.ref)
    where (h.event_ref, h.value, h.dimensions, h.value_key, h.amount, h.event_time)
      is distinct from (w.ref, w.value, w.dimensions, w.value_key, w.amount, e.new_time)
    order by 1, 2`;
}

/** `scopeIds`: of each fact, where that is known. */
function wantedRows(tx: Tx, wanted: readonly WantedFact[], scopeIds: readonly string[] = []) {
  const column = <T>(read: (fact: WantedFact) => T): T[] => wanted.map(read);
  return tx`
    select * from unnest(${column((f) => f.ref)}::text[]::bigint[], ${column((f) => f.meterId)}::text[],
      ${column((f) => f.value)}::text[]::numeric[], ${column((f) => f.dimensions ?? null)}::text[]::jsonb[],
      ${column((f) => f.dimensionKey)}::text[], ${column((f) => f.valueKey ?? null)}::text[]::uuid[],
      ${column((f) => f.amount ?? null)}::text[]::numeric[], ${scopeIds as string[]}::text[])
      as w (ref, meter_id, value, dimensions, dimension_key, value_key, amount, scope_id)`;
}

function keysOf(changes: readonly Change[]): RollupKeys {
  return {
    refs: changes.map(({ ref }) => ref),
    meterIds: changes.map(({ meterId }) => meterId),
    customerIds: changes.map(({ customerId }) => customerId),
    times: changes.map(({ oldTime }) => oldTime),
  };
}

async function removeFacts(tx: Tx, tenantId: string, removed: readonly Change[]): Promise<void> {
  const { refs, meterIds, customerIds, times } = keysOf(removed);
  await tx`
    delete from meter_events f
    using unnest(${refs as string[]}::text[]::bigint[], ${meterIds as string[]}::text[], ${customerIds as string[]}::text[],
      ${times as string[]}::timestamptz[]) as d (ref, meter_id, customer_id, event_time)
    where f.tenant_id = ${tenantId} and f.customer_id = d.customer_id and f.event_time = d.event_time
      and f.event_ref = d.ref and f.meter_id = d.meter_id`;
}

async function moveEvents(tx: Tx, { tenantId, refs }: Replacement, time: string): Promise<void> {
  await tx`
    update usage_events set event_time = ${time}
    where tenant_id = ${tenantId} and id = any(${refs as string[]}::text[]::bigint[])`;
}

/** The facts, and their hours merged as a drain merges them. */
async function addFacts(tx: Tx, { tenantId, wanted }: Replacement, added: readonly Change[]): Promise<void> {
  const keyOf = ({ ref, meterId }: Pick<WantedFact, 'ref' | 'meterId'>): string => `${ref} ${meterId}`;
  const scopes = new Map(added.map((change) => [keyOf(change), change.scopeId]));
  const facts = wanted.filter((fact) => scopes.has(keyOf(fact)));
  const scopeIds = facts.map((fact) => scopes.get(keyOf(fact)) ?? '');
  await tx`
    with wanted as materialized (${wantedRows(tx, facts, scopeIds)}), facts as materialized (
      select w.ref, e.tenant_id, e.customer_id, w.meter_id, w.scope_id, w.value, w.dimensions, w.dimension_key, w.value_key,
        w.amount, e.event_time, e.received_at, e.stored_at,
        ${hourOf(tx, tx`e.event_time`)} as bucket
      from wanted w
      -- One look for each fact, whatever the planner believes.
      cross join lateral (select * from usage_events e where e.id = w.ref and e.tenant_id = ${tenantId} offset 0) e
    ), ${rolledUp(tx)}
    insert into meter_events (event_ref, tenant_id, customer_id, meter_id, scope_id, value, dimensions, event_time,
      received_at, stored_at, value_key, amount)
    select ref, tenant_id, customer_id, meter_id, scope_id, value, dimensions, event_time, received_at, stored_at, value_key,
      amount
    from facts`;
}
