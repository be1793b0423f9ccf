// Owns what turn tests share: a sandbox with one plan, customers on a test clock, the turns of a process, and questions.
import { inTenant, type Sql } from '#db/scope.ts';
import { type Clock, systemClock } from '#runtime/clock.ts';
import { createIds } from '#runtime/ids.ts';
import { createLog } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import { systemRandom } from '#runtime/random.ts';
import { createPriceCache } from '#runtime/turn/price-cache.ts';
import { createTurns, type Turns } from '#runtime/turn/turns.ts';
import { SEEDED_AT, seedCustomer, seedTenant } from './seeds.ts';
import { seedMeter } from './usage.ts';

const PRICES = [
  { key: 'fee', cadence: 'in_advance', meter: null, model: { type: 'flat', amount: '99' } },
  {
    key: 'tokens',
    cadence: 'in_arrears',
    meter: 'mtr_tokens',
    model: { type: 'per_unit', unitAmount: '0.001' },
  },
  {
    key: 'calls',
    cadence: 'in_arrears',
    meter: 'mtr_calls',
    model: { type: 'package', amount: '1.5', size: '1000', rounding: 'up' },
  },
] as const;

export type TurnSetting = {
  readonly turns: Turns;
  /** The turns of one more process beside it. */
  anotherProcess(): Turns;
  readonly rings: Ring[];
  readonly logged: string[];
  command(customerId: string, type: string, payload: object): Promise<string>;
  result(commandId: string): Promise<{ ok: boolean; code?: string } | null>;
  setClock(at: string): Promise<void>;
  /** Adds usage as the drain would leave it. */
  use(customerId: string, meterId: string, at: string, value: number, receivedAt?: string): Promise<void>;
};

/** A tenant `tenantId` with the plan `pro`, customers on the clock `clk_1`, each with a card of the fake gateway. */
export async function turnSetting(
  sql: Sql,
  tenantId: string,
  customerIds: readonly string[],
  clock: Clock = systemClock(),
): Promise<TurnSetting> {
  const ids = createIds({ clock, random: systemRandom() });
  const rings: Ring[] = [];
  const logged: string[] = [];
  const clockId = `clk_${tenantId}`;
  await seedTenant(sql, tenantId);
  await seedMeter(sql, tenantId, { id: `mtr_tokens_${tenantId}`, eventType: 'request' });
  await seedMeter(sql, tenantId, { id: `mtr_calls_${tenantId}`, eventType: 'request', aggregation: 'count' });
  await seedPlan(sql, tenantId);
  await inTenant(
    sql,
    tenantId,
    (tx) => tx`
    insert into test_clocks (id, tenant_id, name, now_at, target_at, status, created_at)
    values (${clockId}, ${tenantId}, 'clock', ${SEEDED_AT}, ${SEEDED_AT}, 'stable', ${SEEDED_AT})`,
  );
  for (const id of customerIds) {
    await seedCustomer(sql, tenantId, { id, clockId });
    await inTenant(
      sql,
      tenantId,
      (tx) => tx`
      insert into payment_methods (id, tenant_id, customer_id, gateway, token, is_default, created_at)
      values (${`pm_${id}`}, ${tenantId}, ${id}, 'fake', 'tok_ok', true, ${SEEDED_AT})`,
    );
  }
  const anotherProcess = (): Turns =>
    createTurns({
      sql,
      clock,
      ids,
      prices: createPriceCache(),
      gateways: ['fake', 'other'],
      bell: { ring: async (more) => void rings.push(...more), close: async () => undefined },
      log: createLog({ level: 'error', clock, write: (line) => void logged.push(line) }),
      metrics: createMetrics(),
    });
  return {
    turns: anotherProcess(),
    anotherProcess,
    rings,
    logged,
    command: (customerId, type, payload) =>
      queueCommand(sql, tenantId, { id: ids('cmd'), customerId, type, payload }),
    result: async (id) => {
      const [row] = await inTenant(sql, tenantId, (tx) => tx`select result from commands where id = ${id}`);
      return (row?.['result'] ?? null) as { ok: boolean; code?: string } | null;
    },
    setClock: async (at) => {
      await inTenant(
        sql,
        tenantId,
        (tx) => tx`update test_clocks set now_at = ${at}, target_at = ${at} where id = ${clockId}`,
      );
    },
    use: (customerId, meter, at, value, receivedAt = at) =>
      seedUsage(sql, tenantId, { customerId, meterId: `${meter}_${tenantId}`, at, value, receivedAt }),
  };
}

async function seedPlan(sql: Sql, tenantId: string): Promise<void> {
  const version = `plv_${tenantId}`;
  await inTenant(sql, tenantId, async (tx) => {
    await tx`insert into plans (id, tenant_id, key, name, created_at) values (${`pln_${tenantId}`}, ${tenantId}, 'pro', 'Pro', ${SEEDED_AT})`;
    await tx`insert into plan_versions (id, tenant_id, plan_id, version, currency, interval, interval_count, published_at, created_at)
      values (${version}, ${tenantId}, ${`pln_${tenantId}`}, 1, 'USD', 'month', 1, ${SEEDED_AT}, ${SEEDED_AT})`;
    for (const [position, { key, cadence, meter, model }] of PRICES.entries()) {
      const meterId = meter === null ? null : `${meter}_${tenantId}`;
      await tx`insert into prices (id, tenant_id, plan_version_id, position, key, name, cadence, meter_id, model, created_at)
        values (${`prc_${key}_${tenantId}`}, ${tenantId}, ${version}, ${position}, ${key}, ${key}, ${cadence}, ${meterId},
          ${tx.json(model)}, ${SEEDED_AT})`;
    }
  });
}

type Command = { id: string; customerId: string; type: string; payload: object };

async function queueCommand(
  sql: Sql,
  tenantId: string,
  { id, customerId, type, payload }: Command,
): Promise<string> {
  await inTenant(
    sql,
    tenantId,
    (tx) => tx`
    insert into commands (id, tenant_id, customer_id, type, payload, payload_hash, status, created_at)
    values (${id}, ${tenantId}, ${customerId}, ${type}, ${tx.json(payload as never)}, ${Buffer.alloc(32)}, 'queued', ${SEEDED_AT})`,
  );
  return id;
}

type Usage = { customerId: string; meterId: string; at: string; value: number; receivedAt: string };

async function seedUsage(sql: Sql, tenantId: string, usage: Usage): Promise<void> {
  const { customerId, meterId, at, value, receivedAt } = usage;
  await inTenant(sql, tenantId, async (tx) => {
    const [event] = await tx<{ ref: string }[]>`select nextval('usage_event_id') as ref`;
    const ref = event?.ref ?? '0';
    await tx`insert into meter_events (event_ref, tenant_id, customer_id, meter_id, scope_id, value, event_time, received_at, stored_at)
      values (${ref}, ${tenantId}, ${customerId}, ${meterId}, '', ${value}, ${at}, ${receivedAt}, ${receivedAt})`;
    await tx`insert into usage_rollups (tenant_id, customer_id, meter_id, scope_id, dimension_key, bucket, event_count,
        sum_value, min_value, max_value, last_value, last_time, last_ref, last_received_at)
      values (${tenantId}, ${customerId}, ${meterId}, '', '', date_trunc('hour', ${at}::timestamptz), 1, ${value}, ${value},
        ${value}, ${value}, ${at}, ${ref}, ${receivedAt})
      on conflict (customer_id, meter_id, scope_id, bucket, dimension_key) do update set
        event_count = usage_rollups.event_count + 1, sum_value = usage_rollups.sum_value + excluded.sum_value,
        last_received_at = greatest(usage_rollups.last_received_at, excluded.last_received_at)`;
  });
}
