// The embedded server under everything a machine does to it: restarts, kills, company, root, folders nobody may enter.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { systemClock } from '#runtime/clock.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#runtime/embedded-postgres.ts';
import { createLog } from '#runtime/log.ts';

const CHILD = join(import.meta.dirname, '../support/embedded-child.ts');
const isRoot = process.geteuid?.() === 0;
const log = createLog({ level: 'error', clock: systemClock(), write: (line) => process.stderr.write(line) });
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (let undo = cleanups.pop(); undo !== undefined; undo = cleanups.pop()) await undo();
});

function folder(mode = 0o755): string {
  const path = mkdtempSync(join(tmpdir(), 'accrue-embedded-'));
  chmodSync(path, mode);
  cleanups.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function start(dataDir: string, namespaceCommand = 'unshare'): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, log, namespaceCommand });
  cleanups.push(() => server.stop());
  return server;
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  // A server that is killed under the client also ends the connection; that is what some tests do.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

const postmasterFile = (dataDir: string): string => join(dataDir, 'postgres/cluster/postmaster.pid');
const postmasterPid = (dataDir: string): number =>
  Number.parseInt(readFileSync(postmasterFile(dataDir), 'utf8'), 10);

/** A process that has ended but was not collected yet has no command line. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
      if (process.platform === 'linux' && readFileSync(`/proc/${pid}/cmdline`, 'utf8') === '') return;
    } catch {
      return;
    }
    await wait(20);
  }
}

type Child = { process: ChildProcess; url: string };

async function startChild(dataDir: string, as: readonly string[] = []): Promise<Child> {
  const [command, ...args] = [...as, process.execPath, CHILD, dataDir];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  cleanups.push(() => child.kill('SIGKILL'));
  const [line] = await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(([code]) => assert.fail(`the child ended with ${code}`)),
  ]);
  return { process: child, ...(JSON.parse(String(line)) as { url: string }) };
}

test('the application role owns its database and stands under row-level security', async () => {
  const server = await start(folder());
  assert.deepEqual(
    await query(
      server.url,
      `select rolsuper, rolbypassrls, rolcreatedb from pg_roles where rolname = current_user`,
    ),
    [{ rolsuper: false, rolbypassrls: false, rolcreatedb: false }],
  );
  assert.deepEqual(
    await query(
      server.url,
      `select current_setting('data_checksums') as checksums, current_setting('server_encoding') as encoding,
              current_setting('fsync') as fsync, current_setting('listen_addresses') as listens,
              (select datlocale from pg_database where datname = current_database()) as locale`,
    ),
    [{ checksums: 'on', encoding: 'UTF8', fsync: 'on', listens: '127.0.0.1', locale: 'C.UTF-8' }],
  );
});

test('nobody enters without the password', async () => {
  const server = await start(folder());
  const url = new URL(server.adminUrl);
  url.password = 'guess';
  await assert.rejects(query(url.href, 'select 1'), /password authentication failed/);
});

test('a second start finds the data of the first', async () => {
  const dataDir = folder();
  const first = await start(dataDir);
  await query(first.url, 'create table kept as select 42 as answer');
  const pid = postmasterPid(dataDir);
  await first.stop();
  await gone(pid);
  const second = await start(dataDir);
  assert.deepEqual(await query(second.url, 'select answer from kept'), [{ answer: 42 }]);
});

test('a killed server recovers what was committed', async () => {
  const dataDir = folder();
  const first = await start(dataDir);
  await query(first.url, 'create table kept as select 42 as answer');
  const pid = postmasterPid(dataDir);
  process.kill(pid, 'SIGKILL');
  await gone(pid);
  assert.ok(existsSync(postmasterFile(dataDir)));
  const second = await start(dataDir);
  assert.deepEqual(await query(second.url, 'select answer from kept'), [{ answer: 42 }]);
});

test('a stale process number that now belongs to another program does not block the start', async () => {
  const dataDir = folder();
  const first = await start(dataDir);
  const pid = postmasterPid(dataDir);
  process.kill(pid, 'SIGKILL');
  await gone(pid);
  const [, ...rest] = readFileSync(postmasterFile(dataDir), 'utf8').split('\n');
  writeFileSync(postmasterFile(dataDir), [process.pid, ...rest].join('\n'));
  await query((await start(dataDir)).url, 'select 1');
  await assert.rejects(query(first.url, 'select 1'));
});

test('a process attaches to the running server, which stays until the last one leaves', async () => {
  const dataDir = folder();
  const child = await startChild(dataDir);
  const here = await start(dataDir);
  assert.equal(here.url, child.url);
  const pid = postmasterPid(dataDir);
  child.process.stdin?.end();
  await once(child.process, 'exit');
  await query(here.url, 'select 1');
  await here.stop();
  await gone(pid);
});

test('the server of a killed process is found again and ends with its next user', async () => {
  const dataDir = folder();
  const child = await startChild(dataDir);
  const pid = postmasterPid(dataDir);
  child.process.kill('SIGKILL');
  await once(child.process, 'exit');
  const here = await start(dataDir);
  assert.equal(here.url, child.url);
  await here.stop();
  await gone(pid);
});

test('three processes that make the cluster at the same moment share one', async () => {
  const dataDir = folder();
  const children = await Promise.all([startChild(dataDir), startChild(dataDir), startChild(dataDir)]);
  assert.equal(new Set(children.map((child) => child.url)).size, 1);
  const pid = postmasterPid(dataDir);
  for (const child of children) child.process.stdin?.end();
  await gone(pid);
});

test('an initdb that was cut off leaves nothing in the way', async () => {
  const dataDir = folder();
  const first = await start(dataDir);
  await first.stop();
  rmSync(join(dataDir, 'postgres/cluster/PG_VERSION'));
  rmSync(join(dataDir, 'postgres/cluster'), { recursive: true });
  writeFileSync(join(dataDir, 'postgres/initdb-password'), 'left over');
  await query((await start(dataDir)).url, 'select 1');
});

test('root below a folder only root may enter keeps the cluster there', { skip: !isRoot }, async () => {
  const dataDir = folder(0o700);
  const server = await start(dataDir);
  await query(server.url, 'select 1');
});

test('root without user namespaces uses a service user, in place', { skip: !isRoot }, async (t) => {
  const dataDir = folder();
  const server = await start(dataDir, 'false');
  await query(server.url, 'create table kept as select 42 as answer');
  await server.stop();
  if (existsSync(join(dataDir, 'location'))) {
    const far = readFileSync(join(dataDir, 'location'), 'utf8').trim();
    cleanups.push(() => rmSync(far, { recursive: true, force: true }));
    return t.skip('the programs themselves lie where only root may go');
  }
  assert.notEqual(statSync(join(dataDir, 'postgres/cluster')).uid, 0);
  // Namespaces may be allowed later: the account chosen first is kept.
  assert.deepEqual(await query((await start(dataDir)).url, 'select answer from kept'), [{ answer: 42 }]);
});

test('root without user namespaces below a closed folder moves out, and remembers where', {
  skip: !isRoot,
}, async () => {
  const dataDir = folder(0o700);
  const first = await start(dataDir, 'false');
  const far = readFileSync(join(dataDir, 'location'), 'utf8').trim();
  cleanups.unshift(() => rmSync(far, { recursive: true, force: true }));
  await query(first.url, 'create table kept as select 42 as answer');
  await first.stop();
  const second = await start(dataDir, 'false');
  assert.deepEqual(await query(second.url, 'select answer from kept'), [{ answer: 42 }]);
});

test('an ordinary user runs the server itself, and root later runs it as that user', {
  skip: !isRoot,
}, async (t) => {
  const runuser = ['runuser', '-u', 'nobody', '--'];
  const probe = spawn('runuser', [
    '-u',
    'nobody',
    '--',
    process.execPath,
    '-e',
    `require('fs').readFileSync('${CHILD}')`,
  ]);
  const [code] = await Promise.race([once(probe, 'exit'), once(probe, 'error').then(() => [1])]);
  if (code !== 0) return t.skip('no ordinary user can read this folder');
  const dataDir = folder();
  const { uid, gid } = statSync(CHILD).uid === 0 ? { uid: 65_534, gid: 65_534 } : statSync(CHILD);
  chownSync(dataDir, uid, gid);
  const child = await startChild(dataDir, runuser);
  await query(child.url, 'create table kept as select 42 as answer');
  const pid = postmasterPid(dataDir);
  child.process.stdin?.end();
  await gone(pid);
  assert.deepEqual(await query((await start(dataDir)).url, 'select answer from kept'), [{ answer: 42 }]);
});
