// Owns what invoices are measured against: pgbench -N on the same server, or its statements through postgres.js where the
// program is not installed (protocols H20).
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { connectDatabase } from '#db/connection.ts';

const run = promisify(execFile);
const SCALE = 20;
const CLIENTS = 8;

export type Yardstick = { tool: string; perSecond(seconds: number): Promise<number> };

/** Prepares pgbench's tables in the database and says transactions per second of `-N -s 20 -M prepared -c 8 -j 2`. */
export async function pgbench(url: string): Promise<Yardstick> {
  const installed = await run('pgbench', ['--version']).then(
    () => true,
    () => false,
  );
  if (!installed) return sameStatements(url);
  await run('pgbench', ['-i', '-q', '-s', String(SCALE), url]);
  return {
    tool: 'pgbench',
    async perSecond(seconds) {
      const options = ['-N', '-M', 'prepared', '-c', String(CLIENTS), '-j', '2', '-T', String(seconds), url];
      const { stdout } = await run('pgbench', options);
      return Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
    },
  };
}

async function sameStatements(url: string): Promise<Yardstick> {
  const sql = connectDatabase({ url, max: CLIENTS, name: 'yardstick' });
  const rows = SCALE * 100_000;
  await sql`create table pgbench_accounts (aid integer primary key, bid integer, abalance integer, filler char(84))`;
  await sql`create table pgbench_history (tid integer, bid integer, aid integer, delta integer, mtime timestamp, filler char(22))`;
  await sql`insert into pgbench_accounts select i, 1 + i / 100000, 0, '' from generate_series(1, ${rows}) i`;
  await sql`vacuum analyze pgbench_accounts`;
  await sql.end();
  return { tool: 'postgres.js', perSecond: (seconds) => loop(url, rows, seconds) };
}

async function loop(url: string, rows: number, seconds: number): Promise<number> {
  const sql = connectDatabase({ url, max: CLIENTS, name: 'yardstick' });
  const end = performance.now() + seconds * 1000;
  let done = 0;
  const client = async (): Promise<void> => {
    const connection = await sql.reserve();
    for (let aid = CLIENTS; performance.now() < end; done += 1) {
      aid = ((aid * 48_271) % rows) + 1;
      await Promise.all([
        connection`begin`,
        connection`update pgbench_accounts set abalance = abalance + 1 where aid = ${aid}`,
        connection`select abalance from pgbench_accounts where aid = ${aid}`,
        connection`insert into pgbench_history (tid, bid, aid, delta, mtime) values (1, 1, ${aid}, 1, '2026-01-01')`,
        connection`commit`,
      ]);
    }
    connection.release();
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await sql.end();
  return done / seconds;
}
