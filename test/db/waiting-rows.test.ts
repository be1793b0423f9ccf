// What knows a row's id or owner finds it by that, however many others wait: also with plans that were made when next to none did,
// which is what a well-kept table looks like at a quiet hour.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { renewClaims } from '#db/claims.ts';
import { answerCommand } from '#db/commands.ts';
import { recordEmail } from '#db/emails.ts';
import { claimPayment, renewPayment } from '#db/payment-claims.ts';
import { inTenant, type Tx } from '#db/scope.ts';
import { recordAttempts } from '#db/webhook-attempts.ts';
import { claimDueDeliveries, releaseDeliveries } from '#db/webhook-claims.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { SEEDED_AT } from '#test/support/seeds.ts';
import { asAdmin } from '#test/support/server.ts';

const DONE = 2000;
const WAITING = 200;
/** As often as it takes for a session to keep a plan. */
const RUNS_TO_KEEP_A_PLAN = 8;
const TENANT = 'ten_waiting';

let database: TestDatabase;
before(async () => {
  database = await testDatabase({ max: 1 });
});
after(() => database.close());

type Case = {
  readonly table: string;
  /** Makes rows `$1` to `$2` that wait; whatever else they would belong to is not there. */
  readonly waiting: string;
  /** What makes them wait no longer, at `$1`. */
  readonly done: string;
  readonly run: (tx: Tx, id: string) => Promise<unknown>;
};

const mails = `insert into emails (id, tenant_id, customer_id, event_id, template, recipient, subject, text_body, html_body, message_id,
    status, next_attempt_at, lease_until, created_at)
  select 'row_' || n, '${TENANT}', 'cus', 'evt', 't', n::text, '', '', '', n::text, 'pending', $3, $3, $3 from generate_series($1::int, $2) n`;
const deliveries = `insert into webhook_deliveries (id, tenant_id, endpoint_id, message_id, status, next_attempt_at, lease_until, created_at)
  select 'row_' || n, '${TENANT}', 'row_' || n, n::text, 'pending', $3, $3, $3 from generate_series($1::int, $2) n`;
const payments = `insert into payment_attempts (id, tenant_id, customer_id, invoice_id, payment_method_id, gateway, token, provider_key, number,
        status, amount, currency, next_call_at, lease_until, created_at)
      select 'row_' || n, '${TENANT}', 'cus', 'row_' || n, 'pm', 'fake', 't', n::text, 1, 'intended', 1, 'USD', $3, $3, $3
      from generate_series($1::int, $2) n`;
const FAILED = `status = 'failed', next_call_at = null, lease_until = null, settled_at = $1`;
const SENT = `status = 'sent', next_attempt_at = null, sent_at = $1`;
const DELIVERED = `status = 'delivered', next_attempt_at = null, finished_at = $1`;
const attempt = {
  epoch: 0,
  statusCode: 200,
  responseExcerpt: undefined,
  durationMs: 1,
} as const;

const CASES: Readonly<Record<string, Case>> = {
  'the answer to a command': {
    table: 'commands',
    waiting: `insert into commands (id, tenant_id, type, payload, payload_hash, status, created_at)
      select 'row_' || n, '${TENANT}', 't', '{}', sha256(''), 'queued', $3 from generate_series($1::int, $2) n`,
    done: `status = 'done', result = '{}', decided_at = $1`,
    run: (tx, id) => answerCommand(tx, { id, result: { ok: true }, decidedAt: SEEDED_AT }),
  },
  'the claim of a payment': {
    table: 'payment_attempts',
    waiting: payments,
    done: FAILED,
    run: (tx, id) => renewPayment(tx, { attemptId: id, epoch: 0 }, SEEDED_AT),
  },
  'the claim of a mail': {
    table: 'emails',
    waiting: mails,
    done: SENT,
    run: (tx, id) => renewClaims(tx, 'emails', { claims: [{ id, epoch: 0 }], leaseUntil: SEEDED_AT }),
  },
  'the result of a mail': {
    table: 'emails',
    waiting: mails,
    done: SENT,
    run: (tx, id) => recordEmail(tx, { id, epoch: 0 }, { result: { status: 'sent' }, now: SEEDED_AT }),
  },
  'the claim of a delivery': {
    table: 'webhook_deliveries',
    waiting: deliveries,
    done: DELIVERED,
    run: (tx, id) =>
      renewClaims(tx, 'webhook_deliveries', { claims: [{ id, epoch: 0 }], leaseUntil: SEEDED_AT }),
  },
  'the result of a delivery': {
    table: 'webhook_deliveries',
    waiting: deliveries,
    done: DELIVERED,
    run: (tx, id) =>
      recordAttempts(
        tx,
        [{ ...attempt, deliveryId: id, outcome: 'delivered', nextAttemptAt: undefined }],
        SEEDED_AT,
      ),
  },
  'what an endpoint is to be sent': {
    table: 'webhook_deliveries',
    waiting: deliveries,
    done: DELIVERED,
    run: (tx, id) => claimDueDeliveries(tx, id, { now: SEEDED_AT, leaseUntil: SEEDED_AT, max: 10 }),
  },
  'the payment of an invoice': {
    table: 'payment_attempts',
    waiting: payments,
    done: FAILED,
    run: (tx, id) => claimPayment(tx, id, { now: SEEDED_AT, leaseUntil: SEEDED_AT }),
  },
  'the release of a delivery': {
    table: 'webhook_deliveries',
    waiting: deliveries,
    done: DELIVERED,
    run: (tx, id) => releaseDeliveries(tx, [{ id, epoch: 0 }]),
  },
};

for (const [name, { table, waiting, done, run }] of Object.entries(CASES)) {
  test(`${name} is found without reading what else waits`, async () => {
    let made = 0;
    const add = (count: number): Promise<void> =>
      asAdmin(database.adminUrl, async (admin) => {
        await admin.query('set session_replication_role = replica');
        await admin.query(waiting, [made + 1, made + count, SEEDED_AT]);
        made += count;
      });
    const runOnLast = () => inTenant(database.sql, TENANT, (tx) => run(tx, `row_${made}`));
    await asAdmin(database.adminUrl, (admin) => admin.query(`truncate ${table} cascade`));
    await add(DONE);
    await asAdmin(database.adminUrl, async (admin) => {
      await admin.query('set session_replication_role = replica');
      await admin.query(`update ${table} set ${done}`, [SEEDED_AT]);
      await admin.query(`vacuum analyze ${table}`);
    });
    for (let n = 0; n < RUNS_TO_KEEP_A_PLAN; n += 1) {
      await add(1);
      await runOnLast();
    }
    await add(WAITING);
    const earlier = await rowsRead(table);
    await runOnLast();
    const read = (await rowsRead(table)) - earlier;
    assert.ok(read > 0 && read < WAITING / 4, `${read} rows of ${table} are read for one`);
  });
}

/** Rows and index entries of a table that the session has read so far. */
async function rowsRead(table: string): Promise<number> {
  await database.sql`select pg_stat_force_next_flush()`;
  const [row] = await database.sql<{ read: string }[]>`
    select t.seq_tup_read + (select sum(idx_tup_read) from pg_stat_user_indexes where relname = ${table}) as read
    from pg_stat_user_tables t where t.relname = ${table}`;
  return Number(row?.read);
}

test('of the indexes of a table that hold the same rows only, each begins with the same column', async () => {
  const rows = await database.sql`
    select i.indrelid::regclass::text as table, pg_get_expr(i.indpred, i.indrelid) as holds, count(distinct i.indkey[0])::int as firsts
    from pg_index i join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace
    where i.indpred is not null group by 1, 2`;
  assert.ok(rows.length > 10);
  assert.deepEqual(
    rows.filter(({ firsts }) => firsts !== 1),
    [],
  );
});
