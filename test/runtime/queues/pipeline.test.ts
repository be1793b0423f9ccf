// Statements that follow each other on few connections: each has its own answer, and what is lost is opened anew.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { createPipeline } from '#runtime/queues/pipeline.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';

const PID = 'select pg_backend_pid() as pid';

let database: TestDatabase;
before(async () => {
  database = await testDatabase({ empty: true });
});
after(() => database.close());

function opened(linesMax: number) {
  const pool = new pg.Pool({ connectionString: database.url, max: linesMax, pipeline: true });
  pool.on('connect', (client) => client.on('error', () => undefined));
  const pipeline = createPipeline(pool, linesMax);
  const pid = async (): Promise<number> => (await pipeline.query(PID)).rows[0].pid;
  const close = async (): Promise<void> => {
    await pipeline.close();
    await pool.end();
  };
  return { pool, pipeline, pid, close };
}

test('statements asked at once share the connections; a fault is answered to its own', async () => {
  const { pool, pipeline, close } = opened(2);
  const asked = [1, 0, 2, 4, 0, 5].map((by) => pipeline.query('select 20 / $1::int as n', [by]));
  const answers = await Promise.allSettled(asked);
  assert.deepEqual(
    answers.map((one) => (one.status === 'fulfilled' ? one.value.rows[0].n : one.reason.code)),
    [20, '22012', 10, 5, '22012', 4],
  );
  assert.equal(pool.totalCount, 2);
  await close();
});

test('a statement that is held up holds up only its own connection', async () => {
  const { pipeline, pid, close } = opened(2);
  let over = false;
  const slow = pipeline.query('select pg_sleep(0.5)').then(() => {
    over = true;
  });
  for (let asked = 0; asked < 3; asked += 1) await pid();
  assert.equal(over, false);
  await slow;
  await close();
});

test('a connection that is cut fails what it was asked, and the next statement has another', async () => {
  const { pipeline, pid, close } = opened(1);
  const first = await pid();
  const cut = [pipeline.query('select pg_sleep(60)'), pipeline.query('select 1')].map((one) =>
    assert.rejects(one),
  );
  await database.sql`select pg_terminate_backend(${first})`;
  await Promise.all(cut);
  assert.notEqual(await pid(), first);
  await close();
});

test('a migration beside a running process costs it one statement', async () => {
  const { pipeline, close } = opened(1);
  await database.sql`create table ring (id int)`;
  await pipeline.query('select * from ring');
  await database.sql`alter table ring add column mark text`;
  await assert.rejects(pipeline.query('select * from ring'), /cached plan must not change result type/);
  assert.deepEqual(
    (await pipeline.query('select * from ring')).fields.map(({ name }) => name),
    ['id', 'mark'],
  );
  await close();
});

test('a server that is not there is asked again for every statement', async () => {
  const pool = new pg.Pool({ connectionString: 'postgres://accrue@127.0.0.1:1/accrue', pipeline: true });
  const pipeline = createPipeline(pool, 1);
  await assert.rejects(pipeline.query('select 1'), /ECONNREFUSED/);
  await assert.rejects(pipeline.query('select 1'), /ECONNREFUSED/);
  await pipeline.close();
  await pool.end();
});

test('what has been asked before the end is answered', async () => {
  const { pipeline, pid, close } = opened(1);
  await pid();
  const asked = [pipeline.query('select pg_sleep(0.1)'), pid()];
  await close();
  assert.equal((await Promise.all(asked)).length, 2);
});
