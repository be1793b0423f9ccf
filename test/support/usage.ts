// Owns what usage tests share: a tenant with meters and customers, an ingest whose rings are remembered, and its drain.
import type { Meter } from '#actors/usage/meter.ts';
import { completeSettings, isSettingProblem, rollsUp } from '#actors/usage/meter-settings.ts';
import { inTenant, type Sql } from '#db/scope.ts';
import type { Clock } from '#runtime/clock.ts';
import { createDrain, type Drain } from '#runtime/ingest/drain.ts';
import { createIngest, type Ingest } from '#runtime/ingest/ingest.ts';
import type { IngestReceipt } from '#runtime/ingest/receipt.ts';
import type { NativeUsageEvent, UsageEventInput } from '#runtime/ingest/usage-event.ts';
import { createLog } from '#runtime/log.ts';
import type { Bell } from '#runtime/queues/bell.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import { manualClock } from './manual-clock.ts';
import { SEEDED_AT, seedCustomer, seedTenant } from './seeds.ts';

export type MeterSeed = Partial<Meter> & { readonly id: string };

export async function seedMeter(sql: Sql, tenantId: string, seed: MeterSeed): Promise<void> {
  const {
    id,
    eventType = 'call',
    aggregation = 'sum',
    valueProperty = 'n',
    filters = [],
    dimensions = [],
  } = seed;
  const settings = completeSettings(aggregation, seed.settings ?? {});
  if (isSettingProblem(settings)) throw new Error(settings.message);
  const property = aggregation === 'count' ? null : valueProperty;
  await inTenant(
    sql,
    tenantId,
    (tx) => tx`
      insert into meters (id, tenant_id, key, name, event_type, aggregation, value_property, filters, dimensions,
        settings, rolls_up, created_at)
      values (${id}, ${tenantId}, ${id}, ${id}, ${eventType}, ${aggregation}, ${property},
        ${tx.json(filters as never)}, ${dimensions as string[]},
        ${tx.json(settings as never)}, ${rollsUp({ aggregation, settings })}, ${SEEDED_AT})`,
  );
}

export type UsageSetting = {
  readonly ingest: Ingest;
  readonly drain: Drain;
  readonly rings: Ring[];
  /** Events by outcome, as the metric has them. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Accepts the events, drains, and returns the results. */
  count(events: readonly UsageEventInput[]): Promise<readonly string[]>;
  results(receipt: IngestReceipt): Promise<readonly string[]>;
  /** An event of the first customer with `n` as its value, on 2023-11-05 at ten. */
  call(id: string, n: unknown, more?: Partial<NativeUsageEvent>): NativeUsageEvent;
};

/** A tenant with one sum meter over property `n` of events of type `call`, unless others are given, and its customers. */
export async function usageSetting(
  sql: Sql,
  tenantId: string,
  options: { clock?: Clock; meters?: readonly MeterSeed[]; customers?: readonly string[] } = {},
): Promise<UsageSetting> {
  const { clock = manualClock('2023-12-01T12:00:00Z'), meters = [{ id: `mtr_${tenantId}` }] } = options;
  await seedTenant(sql, tenantId);
  for (const meter of meters) await seedMeter(sql, tenantId, meter);
  const customers = options.customers ?? [`cus_${tenantId}`];
  for (const id of customers) await seedCustomer(sql, tenantId, { id });

  const rings: Ring[] = [];
  const bell: Bell = { ring: async (more) => void rings.push(...more), close: async () => {} };
  const log = createLog({ level: 'error', clock });
  const ingest = createIngest({ sql, clock, bell, log });
  const outcomes: Record<string, number> = {};
  const eventsIngested = {
    add: (events: number, { outcome = '' }: { outcome?: string } = {}) => {
      outcomes[outcome] = (outcomes[outcome] ?? 0) + events;
    },
  };
  const drain = createDrain({ sql, clock, bell, log, metrics: { eventsIngested } });

  const results = async (receipt: IngestReceipt): Promise<readonly string[]> => {
    const state = await ingest.find(tenantId, receipt.id);
    if (state?.status !== 'done') throw new Error(`request ${receipt.id} is ${state?.status ?? 'unknown'}`);
    return state.results;
  };

  return {
    ingest,
    drain,
    rings,
    outcomes,
    results,
    call: (id, n, more) => ({
      id,
      type: 'call',
      customer: customers[0] ?? '',
      time: '2023-11-05T10:00:00Z',
      properties: { n },
      ...more,
    }),
    async count(events) {
      const receipt = await accepted(ingest, tenantId, events);
      await drain.run(new AbortController().signal);
      return results(receipt);
    },
  };
}

/** A drain over a pool of its own, whose rings nobody hears. */
export function drainOver(sql: Sql): Drain {
  const clock = manualClock('2023-12-01T12:00:00Z');
  const bell: Bell = { ring: async () => {}, close: async () => {} };
  return createDrain({ sql, clock, bell, log: createLog({ level: 'error', clock }) });
}

/** Accepts the events or throws what is wrong with them. */
export async function accepted(
  ingest: Ingest,
  tenantId: string,
  events: readonly UsageEventInput[],
): Promise<IngestReceipt> {
  const acceptance = await ingest.accept(tenantId, events);
  if (acceptance.kind !== 'accepted') throw new Error(JSON.stringify(acceptance));
  return acceptance.receipt;
}

/** Total of a tenant's rollups. */
export async function counted(sql: Sql, tenantId: string): Promise<{ count: string; sum: string }> {
  const [row] = await inTenant(
    sql,
    tenantId,
    (tx) => tx<{ count: string; sum: string }[]>`
      select coalesce(sum(event_count), 0)::text as count, coalesce(sum(sum_value), 0)::text as sum from usage_rollups
      where tenant_id = ${tenantId}`,
  );
  return row ?? { count: '0', sum: '0' };
}
