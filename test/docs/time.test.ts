// docs/time.md says of every instant in the schema whose clock writes it. Held against the catalog, and against rows: a story
// told in 2019 leaves nothing of today in business time, and nothing of 2019 in wall time.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { connectDatabase } from '#db/connection.ts';
import { inSystem } from '#db/scope.ts';
import { done } from '#test/support/story.ts';
import { storyWorld } from '#test/support/story-world.ts';

type Column = { readonly name: string; readonly clock: 'business' | 'wall' };

const page = readFileSync(join(import.meta.dirname, '../../docs/time.md'), 'utf8');

function columnsOf(cell: string, table: string, clock: Column['clock']): Column[] {
  return [...cell.matchAll(/`(\w+)`/g)].map(([, column = '']) => ({ name: `${table}.${column}`, clock }));
}

const documented = [...page.matchAll(/^\| `(\w+)` \|(.*)\|(.*)\|$/gm)].flatMap(
  ([, table = '', business = '', wall = '']) => [
    ...columnsOf(business, table, 'business'),
    ...columnsOf(wall, table, 'wall'),
  ],
);

/** Of these a story of one customer has no rows, or none any more. */
const NOT_TOLD = /^(api_keys|emails|outbox|stale_usage|usage_inbox)\./;

describe('the table of times', () => {
  const world = storyWorld('postgres');

  test('has each column once, and each column that there is', async () => {
    const sql = connectDatabase({ url: world.server().databaseUrl, max: 1 });
    const rows = await sql<{ name: string }[]>`
      select c.relname || '.' || a.attname as name
      from pg_attribute a join pg_class c on c.oid = a.attrelid
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and a.attnum > 0 and not a.attisdropped and a.atttypid in ('timestamptz'::regtype, 'timestamptz[]'::regtype)`;
    await sql.end();
    assert.deepEqual(documented.map(({ name }) => name).sort(), rows.map(({ name }) => name).sort());
    assert.ok(documented.length > 80);
  });

  test('is true of the rows of a story in 2019', { timeout: 120_000 }, async () => {
    const story = await world.begin({ at: '2019-01-01T00:00:00Z' });
    const endpoint = { url: 'https://receiver.invalid/hooks' };
    await done(world.billing().webhookEndpoints.create(story.tenant, endpoint));
    const customer = await story.subscribe('ada');
    await story.moveTo('2019-01-20T00:00:00Z');
    assert.equal(await story.use(customer, '2019-01-15T00:00:00Z', 50), 'created');
    await story.moveTo('2019-02-02T00:00:00Z');
    assert.equal(await story.use(customer, '2019-01-15T00:30:00Z', 7), 'created');
    const card = { gateway: 'fake', token: 'tok_another' };
    await done(
      world.billing().paymentMethods.attach(story.tenant, { customerId: customer.customerId, ...card }),
    );
    await story.moveTo('2019-03-10T00:00:00Z');
    const { customerId, subscriptionId } = customer;
    const ending = { customerId, subscriptionId, atPeriodEnd: false };
    await done(world.billing().subscriptions.cancel(story.tenant, ending));
    await story.moveTo('2019-03-20T00:00:00Z');

    const looked = await lookAt(world.server().databaseUrl, documented);
    const wrong = looked.filter(({ clock, first, last }) =>
      clock === 'business' ? last > '2020' : first < '2024',
    );
    assert.deepEqual(wrong, []);
    assert.ok(looked.length > 65, `only ${looked.length} columns had rows`);
  });
});

type Looked = Column & { readonly first: string; readonly last: string };

/** The first and the last instant of each column that has any. Events of no customer have no customer's time. */
async function lookAt(url: string, columns: readonly Column[]): Promise<Looked[]> {
  const sql = connectDatabase({ url, max: 1 });
  const looked: Looked[] = [];
  await inSystem(sql, async (tx) => {
    for (const { name, clock } of columns.filter((column) => !NOT_TOLD.test(column.name))) {
      const [table = '', column = ''] = name.split('.');
      const [row] = await tx<{ first: string | null; last: string | null }[]>`
        select min(${tx(column)}) as first, max(${tx(column)}) as last from ${tx(table)}
        where ${table !== 'billing_events'} or to_jsonb(${tx(table)}) ->> 'customer_id' is not null`;
      const { first = null, last = null } = row ?? {};
      if (first !== null && last !== null) looked.push({ name, clock, first, last });
    }
  });
  await sql.end();
  return looked;
}
