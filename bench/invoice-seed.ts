// Owns customers whose month has just ended: a subscription with a fee in advance and three usage charges, an hour's grace
// behind them, usage already counted. Written straight into the tables, so that only billing is measured.
import pg from 'pg';
import { boundary } from '#actors/calendar/billing-cycle.ts';
import { instantText } from '#actors/calendar/time.ts';
import type { Clock } from '#runtime/clock.ts';

export type SeedOptions = {
  tenant: string;
  customers: number;
  /** Usage facts per customer and meter in earlier months, with their rollups: history that an invoice must not read. */
  history: number;
  /** Usage facts per customer, meter and hour of the month that has ended; absent: twenty hours with one each. */
  perHour?: number;
  /** Their months begin and end with a UTC hour, as calendar months do in most zones; else when somebody subscribed. */
  wholeHours?: boolean;
};

const METERS = ['calls', 'input', 'output'] as const;
const MODELS = {
  fee: { type: 'flat', amount: '99' },
  calls: { type: 'package', amount: '1.5', size: '1000', rounding: 'up' },
  input: {
    type: 'graduated',
    tiers: [
      { upTo: '100000', unitAmount: '0.00001' },
      { upTo: null, unitAmount: '0.000005' },
    ],
  },
  output: { type: 'per_unit', unitAmount: '0.000025' },
};

/** Seeds one tenant; returns its customers' ids. */
export async function seedDueCustomers(
  adminUrl: string,
  clock: Clock,
  options: SeedOptions,
): Promise<string[]> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  const { tenant, customers, wholeHours = false } = options;
  const now = clock.wall().subtract({ hours: 2 });
  const end = wholeHours ? now.round({ smallestUnit: 'hour', roundingMode: 'floor' }) : now;
  const anchor = end.toZonedDateTimeISO('UTC').subtract({ months: 1 }).toInstant();
  const cycle = { anchor, zone: 'UTC', interval: 'month', count: 1 } as const;
  const times = { start: instantText(anchor), end: instantText(boundary(cycle, 1)) };
  await seedCatalog(client, tenant, times.start);
  await seedAgreements(client, options, times);
  await (options.perHour === undefined ? seedUsage : seedDenseUsage)(client, options, times);
  await client.query('vacuum analyze');
  await client.end();
  return Array.from({ length: customers }, (_, index) => `cus_${tenant}_${index + 1}`);
}

type Times = { start: string; end: string };

async function seedCatalog(client: pg.Client, tenant: string, at: string): Promise<void> {
  await client.query(
    `insert into tenants (id, name, sandbox, currency, zone, created_at) values ($1, $1, false, 'USD', 'UTC', $2)`,
    [tenant, at],
  );
  await client.query(`insert into legal_entities values ('ent_' || $1, $1, $1, 'UTC', 'INV-', true, $2)`, [
    tenant,
    at,
  ]);
  await client.query(`insert into plans values ('pln_' || $1, $1, 'pro', 'Pro', $2)`, [tenant, at]);
  await client.query(
    `insert into plan_versions values ('plv_' || $1, $1, 'pln_' || $1, 1, 'USD', 'month', 1, $2, $2)`,
    [tenant, at],
  );
  for (const [position, [key, model]] of Object.entries(MODELS).entries()) {
    const meter = key === 'fee' ? null : `mtr_${key}_${tenant}`;
    if (meter !== null) {
      await client.query(
        `insert into meters (id, tenant_id, key, name, event_type, aggregation, value_property, created_at)
         values ($1, $2, $3, $3, 'request', 'sum', $3, $4)`,
        [meter, tenant, key, at],
      );
    }
    await client.query(
      `insert into prices (id, tenant_id, plan_version_id, position, key, name, cadence, meter_id, model, created_at)
       values ('prc_' || $3 || '_' || $1, $1, 'plv_' || $1, $2, $3, $3, $4, $5, $6, $7)`,
      [tenant, position, key, meter === null ? 'in_advance' : 'in_arrears', meter, model, at],
    );
  }
}

async function seedAgreements(
  client: pg.Client,
  { tenant, customers }: SeedOptions,
  times: Times,
): Promise<void> {
  const { start, end } = times;
  await client.query(
    `insert into customers (id, tenant_id, external_id, name, email, currency, zone, auto_collect, due_at, created_at, updated_at)
     select 'cus_' || $1 || '_' || i, $1, 'ext_' || i, 'Customer ' || i, null, 'USD', 'UTC', false, $3, $4, $4
     from generate_series(1, $2::int) i`,
    [tenant, customers, end, start],
  );
  await client.query(
    `insert into subscriptions (id, tenant_id, customer_id, plan_version_id, status, currency, zone, interval, interval_count,
       anchor_at, period_index, period_start, period_end, created_at, updated_at)
     select 'sub_' || $1 || '_' || i, $1, 'cus_' || $1 || '_' || i, 'plv_' || $1, 'active', 'USD', 'UTC', 'month', 1,
       $3, 0, $3, $4, $3, $3 from generate_series(1, $2::int) i`,
    [tenant, customers, start, end],
  );
  for (const key of Object.keys(MODELS)) {
    const meter = key === 'fee' ? null : `mtr_${key}_${tenant}`;
    const position = Object.keys(MODELS).indexOf(key);
    await client.query(
      `insert into items select 'itm_' || $3 || '_' || $1 || '_' || i, $1, 'cus_' || $1 || '_' || i, 'sub_' || $1 || '_' || i, $4
       from generate_series(1, $2::int) i`,
      [tenant, customers, key, position],
    );
    await client.query(
      `insert into item_versions (id, tenant_id, customer_id, subscription_id, item_id, price_id, meter_id, quantity,
         usage_scope, effective_from)
       select 'itv_' || $3 || '_' || $1 || '_' || i, $1, 'cus_' || $1 || '_' || i, 'sub_' || $1 || '_' || i,
         'itm_' || $3 || '_' || $1 || '_' || i, 'prc_' || $3 || '_' || $1, $4, 1, 'customer', $5 from generate_series(1, $2::int) i`,
      [tenant, customers, key, meter, start],
    );
    if (meter === null) continue;
    await client.query(
      `insert into charges (id, tenant_id, customer_id, subscription_id, item_id, origin, kind, settlement_mode, status, currency,
         price_id, meter_id, service_start, service_end, billed_at, advance_at, created_at, updated_at)
       select 'chg_' || $3 || '_' || $1 || '_' || i, $1, 'cus_' || $1 || '_' || i, 'sub_' || $1 || '_' || i,
         'itm_' || $3 || '_' || $1 || '_' || i, 'itv_' || $3 || '_' || $1 || '_' || i, 'usage_based', 'credit_then_invoice',
         'active', 'USD', 'prc_' || $3 || '_' || $1, $4, $5, $6, $6, $6, $5, $5 from generate_series(1, $2::int) i`,
      [tenant, customers, key, meter, start, end],
    );
  }
}

/** A month of hourly usage in the period (20 hours, one fact each), and `history` facts before it. */
async function seedUsage(
  client: pg.Client,
  { tenant, customers, history }: SeedOptions,
  times: Times,
): Promise<void> {
  const meters = METERS.map((key) => `mtr_${key}_${tenant}`);
  for (const [hours, sign] of [
    [history, -1],
    [20, 1],
  ] as const) {
    const usage = [tenant, customers, meters, times.start, hours, sign];
    // Hour by hour, as drains write them: what one customer's month needs does not lie together.
    await client.query(
      `insert into meter_events (event_ref, tenant_id, customer_id, meter_id, scope_id, value, event_time, received_at, stored_at)
       select nextval('usage_event_id'), $1, 'cus_' || $1 || '_' || i, m, '', 1 + (i * 7 + h) % 5000, t.at, t.at, t.at
       from generate_series(1, $5::int) h, generate_series(1, $2::int) i, unnest($3::text[]) m,
         lateral (select $4::timestamptz + h * $6::int * interval '61 minutes' as at) t
       order by t.at, i, m`,
      usage,
    );
    await client.query(
      `insert into usage_rollups (tenant_id, customer_id, meter_id, scope_id, dimension_key, bucket, event_count, sum_value,
         min_value, max_value, last_value, last_time, last_ref, last_received_at)
       select $1, 'cus_' || $1 || '_' || i, m, '', '', b.bucket, count(*), sum(1 + (i * 7 + h) % 5000), 1, 5000, 1, max(t.at), 1,
         max(t.at)
       from generate_series(1, $5::int) h, generate_series(1, $2::int) i, unnest($3::text[]) m,
         lateral (select $4::timestamptz + h * $6::int * interval '61 minutes' as at) t,
         lateral (select date_trunc('hour', t.at) as bucket) b
       group by i, m, b.bucket order by b.bucket, i, m`,
      usage,
    );
  }
}

/** So many facts in every hour of the period, a little apart, and their rollups. */
async function seedDenseUsage(
  client: pg.Client,
  { tenant, customers, perHour = 1 }: SeedOptions,
  { start, end }: Times,
): Promise<void> {
  for (const key of METERS) {
    const meter = `mtr_${key}_${tenant}`;
    await client.query(
      `insert into meter_events (event_ref, tenant_id, customer_id, meter_id, scope_id, value, event_time, received_at, stored_at)
       select nextval('usage_event_id'), $1, 'cus_' || $1 || '_' || i, $3, '', 1 + (i * 7 + f) % 5000, t.at, t.at, t.at
       from generate_series(1, $2::int) i, generate_series(0, (extract(epoch from $5::timestamptz - $4) * $6::int / 3600)::int - 1) f,
         lateral (select $4::timestamptz + f * interval '1 hour' / $6::int as at) t`,
      [tenant, customers, meter, start, end, perHour],
    );
    await client.query(
      `insert into usage_rollups (tenant_id, customer_id, meter_id, scope_id, dimension_key, bucket, event_count, sum_value,
         min_value, max_value, last_value, last_time, last_ref, last_received_at)
       select tenant_id, customer_id, meter_id, '', '', date_trunc('hour', event_time), count(*), sum(value), min(value),
         max(value), (array_agg(value order by event_time desc))[1], max(event_time), max(event_ref), max(received_at)
       from meter_events where tenant_id = $1 and meter_id = $2
       group by tenant_id, customer_id, meter_id, date_trunc('hour', event_time)`,
      [tenant, meter],
    );
  }
}
