// Owns the server process of one cluster: is it running, start it, stop it.
// Refuses to know roles and databases.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { runAs } from './account.ts';
import { program } from './binaries.ts';
import type { Home } from './home.ts';

const START_ATTEMPTS_MAX = 5;
const START_WAIT_S = 120;
const STOP_WAIT_S = 20;
const POLL_MS = 100;
/** A development machine: room for a few processes, and durable. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off',
};

export type ServerSettings = Readonly<Record<string, string>>;

/** The port of a server that runs on this cluster, waiting while it comes up or goes down; else undefined. */
export async function runningPort(home: Home, clock: Clock): Promise<number | undefined> {
  for (let waitedMs = 0; waitedMs < START_WAIT_S * 1000; waitedMs += POLL_MS) {
    const file = readPidFile(home.cluster);
    if (file === undefined) return undefined;
    if (!isPostmaster(file.pid, home.cluster)) {
      // The number in the file is free or belongs to another program (a container starts counting anew):
      // Postgres itself would take the second case for a running server and refuse.
      rmSync(join(home.cluster, 'postmaster.pid'), { force: true });
      return undefined;
    }
    if (file.status === 'ready') return file.port;
    await clock.sleep(POLL_MS);
  }
  throw new Error(`the database server below ${home.cluster} neither comes up nor goes away`);
}

/** Starts the server on a free port and answers it once it takes connections (after crash recovery, if any). */
export async function startServer(home: Home, extra: ServerSettings, clock: Clock): Promise<number> {
  const logFile = join(home.root, 'postgres.log');
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const settings = Object.entries({ ...SETTINGS, ...extra, port: String(port) });
    const flags = settings.map(([name, value]) => `-c ${name}=${value}`).join(' ');
    rmSync(logFile, { force: true });
    try {
      await runPgCtl(home, ['start', '-w', '-t', String(START_WAIT_S), '-l', logFile, '-o', flags]);
      return port;
    } catch (cause) {
      // Someone took the port, or children of a killed server still hold its memory: both pass.
      if (attempt === START_ATTEMPTS_MAX) throw new Error(startFailure(logFile), { cause });
      await clock.sleep(POLL_MS * 2 ** attempt);
    }
  }
}

/** Fast stop: open transactions are rolled back, the cluster is left clean. */
export async function stopServer(home: Home): Promise<void> {
  await runPgCtl(home, ['stop', '-m', 'fast', '-w', '-t', String(STOP_WAIT_S)]);
}

async function runPgCtl(home: Home, args: readonly string[]): Promise<void> {
  await runAs(home.account, home.root, [program(home.native, 'pg_ctl'), '-D', home.cluster, ...args]);
}

function startFailure(logFile: string): string {
  const lines = existsSync(logFile) ? readFileSync(logFile, 'utf8').trim().split('\n').slice(-5) : [];
  return `the embedded database did not start: ${lines.join(' | ')}`;
}

function readPidFile(cluster: string): { pid: number; port: number; status: string } | undefined {
  const path = join(cluster, 'postmaster.pid');
  if (!existsSync(path)) return undefined;
  const lines = readFileSync(path, 'utf8').split('\n');
  return { pid: Number(lines[0]), port: Number(lines[3]), status: (lines[7] ?? '').trim() };
}

function isPostmaster(pid: number, cluster: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const commandLine = `/proc/${pid}/cmdline`;
  // Without /proc a living process is believed; Postgres checks the rest when it starts.
  return existsSync(commandLine)
    ? readFileSync(commandLine, 'utf8').includes(cluster)
    : process.platform !== 'linux';
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
