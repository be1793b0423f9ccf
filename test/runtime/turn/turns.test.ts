// Turns on real Postgres: a month in the database, batches, races, refusals by the database, parking and release.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inTenant } from '#db/scope.ts';
import { Fenced } from '#runtime/errors.ts';
import { createPriceCache } from '#runtime/turn/price-cache.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { turnSetting } from '#test/support/turns.ts';

let database: TestDatabase;

before(async () => {
  database = await testDatabase({ max: 10 });
});
after(() => database.close());

const ask = (
  tenant: string,
  query: (tx: Parameters<Parameters<typeof inTenant>[2]>[0]) => Promise<readonly unknown[]>,
) => inTenant(database.sql, tenant, async (tx) => [...(await query(tx))]);

test('after 999,999 numbers of a year come seven digits', async () => {
  const setting = await turnSetting(database.sql, 'ten_million', ['cus_million']);
  await ask(
    'ten_million',
    (tx) => tx`insert into number_series (tenant_id, legal_entity_id, document_type, fiscal_year, last_number)
      values ('ten_million', 'ent_ten_million', 'invoice', 2023, 999998)`,
  );
  await setting.command('cus_million', 'subscription.create', { plan: 'pro' });
  await setting.turns.run('ten_million', ['cus_million']);
  await setting.setClock('2023-12-01T01:00:00Z');
  await setting.turns.run('ten_million', ['cus_million']);
  const numbers = [{ number: 'INV-2023-999999' }, { number: 'INV-2023-1000000' }];
  assert.deepEqual(await ask('ten_million', (tx) => tx`select number from invoices order by id`), numbers);
  assert.deepEqual(
    await ask(
      'ten_million',
      (tx) =>
        tx`select data->>'number' as number from billing_events where type = 'billing.invoice.created' order by sequence`,
    ),
    numbers,
  );
});

test('a month: fee at once, usage an hour after the end, numbers, ledger and events', async () => {
  const { sql } = database;
  const setting = await turnSetting(sql, 'ten_month', ['cus_month']);
  const command = await setting.command('cus_month', 'subscription.create', { plan: 'pro' });
  await setting.turns.run('ten_month', ['cus_month']);
  assert.equal((await setting.result(command))?.ok, true);
  assert.ok(setting.rings.some((ring) => ring.queue === 'collect'));

  await setting.use('cus_month', 'mtr_tokens', '2023-11-16T18:17:00Z', 4808);
  await setting.use('cus_month', 'mtr_calls', '2023-11-16T18:17:00Z', 1);
  await setting.setClock('2023-12-01T00:00:00Z');
  await setting.turns.run('ten_month', ['cus_month']);
  await setting.setClock('2023-12-01T01:00:00Z');
  await setting.turns.run('ten_month', ['cus_month']);

  const invoices = await ask(
    'ten_month',
    (tx) => tx`select number, total, status from invoices order by number`,
  );
  assert.deepEqual(invoices, [
    { number: 'INV-2023-000001', total: '9900', status: 'open' },
    { number: 'INV-2023-000002', total: String(9900 + 481 + 150), status: 'open' },
  ]);
  const [sum] = await ask(
    'ten_month',
    (tx) => tx`select sum(amount) as sum, count(*) as count from postings`,
  );
  assert.deepEqual(sum, { sum: '0', count: '6' });
  const events = await ask(
    'ten_month',
    (tx) => tx`select sequence, type, data->>'number' as number from billing_events order by sequence`,
  );
  assert.deepEqual(events, [
    { sequence: '1', type: 'billing.subscription.created', number: null },
    { sequence: '2', type: 'billing.invoice.created', number: 'INV-2023-000001' },
    { sequence: '3', type: 'billing.invoice.created', number: 'INV-2023-000002' },
  ]);
});

test('fifty customers in one transaction number their invoices without a gap', async () => {
  const customers = Array.from({ length: 50 }, (_, index) => `cus_many_${String(index).padStart(2, '0')}`);
  const setting = await turnSetting(database.sql, 'ten_many', customers);
  for (const id of customers) await setting.command(id, 'subscription.create', { plan: 'pro' });
  await setting.turns.run('ten_many', customers);
  const numbers = await ask('ten_many', (tx) => tx`select number from invoices order by number`);
  assert.equal(numbers.length, 50);
  assert.deepEqual(numbers.at(-1), { number: 'INV-2023-000050' });
});

test('a customer that asks for more facts is numbered behind those that did not, each with its own', async () => {
  const customers = ['cus_more_a', 'cus_more_b', 'cus_more_c'];
  const setting = await turnSetting(database.sql, 'ten_more', customers);
  for (const id of ['cus_more_a', 'cus_more_c'])
    await setting.command(id, 'subscription.create', { plan: 'pro' });
  await setting.turns.run('ten_more', ['cus_more_a', 'cus_more_c']);
  await setting.setClock('2023-12-01T01:00:00Z');
  await setting.command('cus_more_b', 'subscription.create', { plan: 'pro' });
  await setting.turns.run('ten_more', customers);
  const said = await ask(
    'ten_more',
    (tx) => tx`
      select i.number, i.customer_id, e.customer_id = i.customer_id and e.data->>'customerId' = i.customer_id as own,
        (select count(*)::int from invoice_lines l where l.invoice_id = i.id and l.customer_id = i.customer_id) as lines,
        (select count(*)::int from journals j where j.source = i.id and j.customer_id = i.customer_id) as journals
      from invoices i join billing_events e on e.object_id = i.id and e.data->>'number' = i.number order by i.number`,
  );
  const own = { own: true, journals: 1 };
  assert.deepEqual(said, [
    { number: 'INV-2023-000001', customer_id: 'cus_more_a', lines: 1, ...own },
    { number: 'INV-2023-000002', customer_id: 'cus_more_c', lines: 1, ...own },
    { number: 'INV-2023-000003', customer_id: 'cus_more_a', lines: 1, ...own },
    { number: 'INV-2023-000004', customer_id: 'cus_more_c', lines: 1, ...own },
    { number: 'INV-2023-000005', customer_id: 'cus_more_b', lines: 1, ...own },
  ]);
});

test('twenty turns of one customer at once do the work of one', async () => {
  const setting = await turnSetting(database.sql, 'ten_race', ['cus_race']);
  const processes = Array.from({ length: 20 }, () => setting.anotherProcess());
  await setting.command('cus_race', 'subscription.create', { plan: 'pro' });
  await Promise.all(processes.map((turns) => turns.run('ten_race', ['cus_race'])));
  await setting.setClock('2024-01-15T00:00:00Z');
  await Promise.all(processes.map((turns) => turns.run('ten_race', ['cus_race'])));
  const [counts] = await ask(
    'ten_race',
    (tx) => tx`
    select (select count(*) from invoices) as invoices, (select count(*) from subscriptions) as subscriptions`,
  );
  assert.deepEqual(counts, { invoices: '3', subscriptions: '1' });
});

test('late usage is billed on the next invoice and its mark is gone', async () => {
  const { sql } = database;
  const setting = await turnSetting(sql, 'ten_late', ['cus_late']);
  await setting.command('cus_late', 'subscription.create', { plan: 'pro' });
  await setting.turns.run('ten_late', ['cus_late']);
  await setting.use('cus_late', 'mtr_tokens', '2023-11-16T18:17:00Z', 1000);
  await setting.setClock('2023-12-01T02:00:00Z');
  await setting.turns.run('ten_late', ['cus_late']);
  await setting.use('cus_late', 'mtr_tokens', '2023-11-16T18:30:00Z', 500, '2023-12-02T00:00:00Z');
  await inTenant(
    sql,
    'ten_late',
    (tx) => tx`insert into stale_usage (tenant_id, customer_id, meter_id, bucket, marked_at)
    values ('ten_late', 'cus_late', 'mtr_tokens_ten_late', '2023-11-16T18:00:00Z', '2023-12-02T00:00:00Z')`,
  );
  await setting.turns.run('ten_late', ['cus_late']);
  await setting.setClock('2024-01-01T01:00:00Z');
  await setting.turns.run('ten_late', ['cus_late']);
  const lines = await ask(
    'ten_late',
    (tx) => tx`select l.kind, l.quantity, l.amount, i.status from invoice_lines l
    join invoices i on i.id = l.invoice_id where l.kind <> 'fee' order by l.service_start, l.kind`,
  );
  assert.deepEqual(lines, [
    { kind: 'late_usage', quantity: '500', amount: '50', status: 'open' },
    { kind: 'usage', quantity: '1000', amount: '100', status: 'open' },
  ]);
  assert.deepEqual(await ask('ten_late', (tx) => tx`select 1 from stale_usage`), []);
});

test('a payment is recorded once; a stale epoch is fenced', async () => {
  const setting = await turnSetting(database.sql, 'ten_pay', ['cus_pay']);
  await setting.command('cus_pay', 'subscription.create', { plan: 'pro' });
  await setting.turns.run('ten_pay', ['cus_pay']);
  const [attempt] = (await ask('ten_pay', (tx) => tx`select id from payment_attempts`)) as { id: string }[];
  const record = {
    type: 'payment.record',
    attemptId: attempt?.id ?? '',
    epoch: 0,
    outcome: { kind: 'succeeded', reference: 'ch_1' },
  } as const;
  await assert.rejects(setting.turns.deliver('ten_pay', 'cus_pay', { ...record, epoch: 7 }), Fenced);
  await setting.turns.deliver('ten_pay', 'cus_pay', record);
  await assert.rejects(setting.turns.deliver('ten_pay', 'cus_pay', record), Fenced);
  const rows = await ask('ten_pay', (tx) => tx`select status, amount_paid from invoices`);
  assert.deepEqual(rows, [{ status: 'paid', amount_paid: '9900' }]);
  assert.equal((await ask('ten_pay', (tx) => tx`select 1 from payments`)).length, 1);
});

test('a charge that the database refuses is parked, its siblings are billed, the release heals it', async () => {
  const setting = await turnSetting(database.sql, 'ten_bad', ['cus_bad']);
  await setting.command('cus_bad', 'subscription.create', { plan: 'pro' });
  await setting.turns.run('ten_bad', ['cus_bad']);
  await setting.use('cus_bad', 'mtr_tokens', '2023-11-16T18:17:00Z', 1000);
  await setting.use('cus_bad', 'mtr_calls', '2023-11-16T18:17:00Z', 1);
  // A rule of the database that only one of the charges breaks.
  await asOwner(
    `alter table realization_runs add constraint broken check (quantity is distinct from 1000) not valid`,
  );
  await setting.setClock('2023-12-01T01:00:00Z');
  await setting.turns.run('ten_bad', ['cus_bad']);
  const charges = await ask(
    'ten_bad',
    (tx) => tx`select price_id, status from charges where parked_at is not null`,
  );
  assert.deepEqual(charges, [{ price_id: 'prc_tokens_ten_bad', status: 'active' }]);
  await setting.setClock('2023-12-04T02:00:00Z');
  await setting.turns.run('ten_bad', ['cus_bad']);
  const [billed] = await ask(
    'ten_bad',
    (tx) => tx`select total from invoices where boundary_at = '2023-12-01'`,
  );
  assert.deepEqual(billed, { total: String(9900 + 150) });
  await asOwner(`alter table realization_runs drop constraint broken`);
  await setting.command('cus_bad', 'customer.release', {});
  await setting.turns.run('ten_bad', ['cus_bad']);
  const [supplement] = await ask(
    'ten_bad',
    (tx) => tx`select kind, total, status from invoices order by number desc limit 1`,
  );
  assert.deepEqual(supplement, { kind: 'supplement', total: '100', status: 'open' });
});

test('a customer whose turn hits a bug is parked, seen and counted; others go on; its commands wait', async () => {
  const { sql } = database;
  const setting = await turnSetting(sql, 'ten_bug', ['cus_bug', 'cus_fine']);
  for (const id of ['cus_bug', 'cus_fine']) await setting.command(id, 'subscription.create', { plan: 'pro' });
  await setting.turns.run('ten_bug', ['cus_bug', 'cus_fine']);
  await inTenant(
    sql,
    'ten_bug',
    (tx) => tx`update subscriptions set zone = 'Nowhere/Land' where customer_id = 'cus_bug'`,
  );
  await setting.setClock('2023-12-01T01:00:00Z');
  await setting.turns.run('ten_bug', ['cus_bug', 'cus_fine']);
  const [parked] = await ask(
    'ten_bug',
    (tx) => tx`select parked_reason from customers where parked_at is not null`,
  );
  assert.match(String((parked as { parked_reason: string }).parked_reason), /time zone/);
  const invoices = await ask('ten_bug', (tx) => tx`select 1 from invoices where customer_id = 'cus_fine'`);
  assert.equal(invoices.length, 2);
  const waiting = await setting.command('cus_bug', 'invoice.pay', { invoiceId: 'inv_x' });
  await setting.turns.run('ten_bug', ['cus_bug']);
  assert.equal(await setting.result(waiting), null);
  await inTenant(
    sql,
    'ten_bug',
    (tx) => tx`update subscriptions set zone = 'UTC' where customer_id = 'cus_bug'`,
  );
  await setting.command('cus_bug', 'customer.release', {});
  await setting.turns.run('ten_bug', ['cus_bug']);
  assert.ok(setting.rings.some((ring) => ring.queue === 'advance' && ring.key === 'cus_bug'));
  await setting.turns.run('ten_bug', ['cus_bug']);
  assert.equal((await setting.result(waiting))?.code, 'invoice_not_open');
  const events = (await ask(
    'ten_bug',
    (tx) => tx`select type from billing_events where type like 'billing.customer.%' order by sequence`,
  )) as { type: string }[];
  assert.deepEqual(
    events.map((event) => event.type),
    ['billing.customer.parked', 'billing.customer.released'],
  );
});

async function asOwner(statement: string): Promise<void> {
  await database.sql.unsafe(statement);
}

test('a customer with more commands than a turn answers is rung again', async () => {
  const setting = await turnSetting(database.sql, 'ten_queue', ['cus_queue']);
  const commands: string[] = [];
  for (let n = 0; n < 105; n += 1) {
    commands.push(await setting.command('cus_queue', 'invoice.pay', { invoiceId: `inv_${n}` }));
  }
  const again = () =>
    setting.rings.filter(({ queue, key }) => queue === 'advance' && key === 'cus_queue').length;
  await setting.turns.run('ten_queue', ['cus_queue']);
  assert.equal(again(), 1);
  await setting.turns.run('ten_queue', ['cus_queue']);
  assert.equal(again(), 1);
  assert.equal((await setting.result(commands.at(-1) ?? ''))?.code, 'invoice_not_open');
});

test('a price that another turn throws out of the cache is still there for the turn that asked', async () => {
  await turnSetting(database.sql, 'ten_prices', []);
  const cache = createPriceCache(2);
  const [fee, tokens, calls] = ['fee', 'tokens', 'calls'].map((key) => `prc_${key}_ten_prices`);
  const get = (ids: (string | undefined)[]) =>
    inTenant(database.sql, 'ten_prices', (tx) =>
      cache.get(
        tx as never,
        ids.map((id) => id ?? ''),
      ),
    );
  await get([fee]);
  const [one, other] = await Promise.all([get([fee, tokens]), get([calls, tokens])]);
  assert.deepEqual(new Set(one.keys()), new Set([fee, tokens]));
  assert.deepEqual(new Set(other.keys()), new Set([calls, tokens]));
});

test('an outcome that hits a bug is not taken for recorded', async () => {
  const setting = await turnSetting(database.sql, 'ten_swallow', ['cus_swallow']);
  await setting.command('cus_swallow', 'subscription.create', { plan: 'pro' });
  await setting.turns.run('ten_swallow', ['cus_swallow']);
  const [attempt] = (await ask('ten_swallow', (tx) => tx`select id from payment_attempts`)) as {
    id: string;
  }[];
  await ask(
    'ten_swallow',
    (tx) => tx`update invoices set status = 'paid', amount_paid = total, next_attempt_at = null`,
  );
  const outcome = { kind: 'succeeded', reference: 'ch_bug' } as const;
  const message = { type: 'payment.record', attemptId: attempt?.id ?? '', epoch: 0, outcome } as const;
  await assert.rejects(setting.turns.deliver('ten_swallow', 'cus_swallow', message), /not part of this turn/);
});
