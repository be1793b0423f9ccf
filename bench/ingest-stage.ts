// Owns what the ingest benchmark stands on: a tenant with customers and meters, events, requests, and looks at the tables.
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import postgres from 'postgres';
import { type Pool, request } from 'undici';
import { inSystem, inTenant } from '#db/scope.ts';
import { recountRollups } from '#db/usage-recount.ts';

const CUSTOMERS = 1_000;
const AT = '2023-11-01T00:00:00Z';
const COPIES = 3;
const PATH = '/api/v1/billing';

export type Tenant = { readonly id: string; readonly key: string };

/** A tenant made over HTTP; its customers and meters written straight into the tables. */
export async function seedTenant(sql: postgres.Sql, baseUrl: string, operatorKey: string): Promise<Tenant> {
  const answer = await request(`${baseUrl}${PATH}/tenants`, {
    method: 'POST',
    headers: { authorization: `Bearer ${operatorKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'bench', sandbox: false, currency: 'USD', zone: 'UTC' }),
  });
  const made = (await answer.body.json()) as { id: string; apiKey: string | { key: string } };
  if (answer.statusCode !== 201) throw new Error(JSON.stringify(made));
  const { id, apiKey } = made;
  await inTenant(sql, id, async (tx) => {
    await tx`
      insert into customers (id, tenant_id, external_id, name, currency, zone, created_at, updated_at)
      select 'cus_' || lpad(i::text, 16, '0'), ${id}, 'customer-' || i, 'c', 'USD', 'UTC', ${AT}, ${AT}
      from generate_series(0, ${CUSTOMERS - 1}::int) i`;
    const meters = [
      ['0', 'tokens', 'sum', 'contextTokens'],
      ['1', 'llm.request', 'count', null],
      ['2', 'llm.request', 'sum', 'contextTokens'],
      ['3', 'llm.request', 'sum', 'generatedTokens'],
      ['4', 'llm.call', 'count', null],
      ['5', 'llm.call', 'sum', 'contextTokens'],
      ['6', 'llm.call', 'average', 'generatedTokens'],
      ['7', 'llm.call', 'max', 'generatedTokens'],
      ['8', 'llm.call', 'unique_count', 'model'],
    ] as const;
    for (const [name, type, aggregation, property] of meters) {
      await tx`
        insert into meters (id, tenant_id, key, name, event_type, aggregation, value_property, rolls_up, created_at)
        values (${`mtr_${name.padStart(16, '0')}`}, ${id}, ${name}, ${name}, ${type}, ${aggregation}, ${property},
          ${aggregation !== 'unique_count'}, ${AT})`;
    }
  });
  return { id, key: typeof apiKey === 'string' ? apiKey : apiKey.key };
}

/** The type of events that so many meters read. */
const TYPES: Readonly<Record<number, string>> = { 1: 'tokens', 3: 'llm.request', 5: 'llm.call' };

/** An event of about 250 bytes that makes a fact for each of 1, 3 or 5 meters. */
export function makeEvent(name: string, i: number, meters: number): object {
  return {
    id: `${name}-${i}-${(i * 7919) % 104_729}`,
    source: 'gateway-eu-1',
    type: TYPES[meters],
    customer: `customer-${(i * 37) % CUSTOMERS}`,
    time: new Date(Date.parse('2026-11-16T18:00:00Z') + i * 70).toISOString(),
    properties: {
      contextTokens: (i * 31) % 4_000,
      generatedTokens: (i * 17) % 700,
      model: 'large-2',
      region: 'eu-west',
    },
  };
}

export type Load = {
  readonly inFlight: number;
  readonly path: string;
  readonly key: string;
  readonly prefer: string;
};

/** Closed loop: so many in flight, no pause. Milliseconds each request took. Any answer but 2xx ends the benchmark. */
export async function send(pool: Pool, bodies: readonly string[], load: Load): Promise<number[]> {
  const latencies: number[] = [];
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${load.key}`,
    prefer: load.prefer,
  };
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      const startedAt = performance.now();
      const answer = await pool.request({ path: PATH + load.path, method: 'POST', body, headers });
      const text = await answer.body.text();
      if (answer.statusCode >= 300) throw new Error(`${answer.statusCode} ${text.slice(0, 500)}`);
      latencies.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: load.inFlight }, lane));
  return latencies;
}

/** Waits until nothing in the inbox is uncounted. */
export async function drained(sql: postgres.Sql): Promise<void> {
  for (;;) {
    const [row] = await inSystem(sql, (tx) => tx<{ n: string }[]>`select count(*) as n from usage_inbox`);
    if (row?.n === '0') return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A fast wrong number is a failure. */
export async function check(
  sql: postgres.Sql,
  tenant: Tenant,
  expected: { events: number; facts: number },
): Promise<void> {
  const [row] = await inSystem(
    sql,
    (tx) => tx<{ events: number; facts: number; rolled: number }[]>`
      select (select count(*)::int from usage_events) as events, (select count(*)::int from meter_events) as facts,
        (select sum(event_count)::int from usage_rollups) as rolled`,
  );
  const { events, facts } = expected;
  const right = row?.events === events && row.facts === facts && row.rolled === facts;
  if (!right) throw new Error(`counted ${JSON.stringify(row)} instead of ${JSON.stringify(expected)}`);
  const { differences } = await inTenant(sql, tenant.id, (tx) => recountRollups(tx, tenant.id));
  if (differences.length > 0) throw new Error(`rollups differ: ${JSON.stringify(differences[0])}`);
}

/** Bytes on disk, with indexes, of each event that was just counted. */
export async function bytesPerEvent(sql: postgres.Sql, events: number): Promise<Record<string, number>> {
  const bytes: Record<string, number> = {};
  for (const table of ['usage_identity', 'usage_events', 'meter_events', 'usage_rollups']) {
    const [row] = await sql<{ bytes: number }[]>`
      select sum(pg_total_relation_size(relid))::int as bytes from pg_partition_tree(${table})`;
    const [plain] = await sql<
      { bytes: number }[]
    >`select pg_total_relation_size(${table}::regclass)::int as bytes`;
    bytes[table] = Math.round((row?.bytes || plain?.bytes || 0) / events);
  }
  return bytes;
}

/** Every run begins with empty tables and a fresh checkpoint. */
export async function empty(adminUrl: string): Promise<void> {
  const admin = postgres(adminUrl, { max: 1 });
  await admin`truncate usage_events, meter_events, usage_rollups, usage_identity, ingest_requests, stale_usage`;
  await admin`checkpoint`;
  await admin.end();
}

/** Seconds that one COPY stream of the rows just counted takes into the same, emptied table. */
export async function copySeconds(adminUrl: string): Promise<number[]> {
  const admin = postgres(adminUrl, { max: 1 });
  const chunks: Buffer[] = [];
  for await (const chunk of await admin`copy (select * from usage_events order by id) to stdout`.readable()) {
    chunks.push(chunk as Buffer);
  }
  const seconds: number[] = [];
  for (let run = 0; run < COPIES; run += 1) {
    await admin`truncate usage_events`;
    await admin`checkpoint`;
    const startedAt = performance.now();
    await pipeline(Readable.from(chunks), await admin`copy usage_events from stdin`.writable());
    seconds.push((performance.now() - startedAt) / 1_000);
  }
  await admin.end();
  return seconds;
}

/** Processor seconds of the server's present sessions and helpers; 0 where /proc does not tell. */
export async function serverCpuSeconds(sql: postgres.Sql): Promise<number> {
  const rows = await sql<{ pid: number }[]>`select pid from pg_stat_activity`;
  let ticks = 0;
  for (const { pid } of rows) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // A session that has just ended, or no /proc.
    }
  }
  return ticks / 100;
}
