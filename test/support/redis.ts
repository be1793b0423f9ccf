// Owns a Redis server for a test run, if the machine has the program.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export type TestRedis = { readonly url: string; stop(): Promise<void> };

/** Undefined where `redis-server` is not installed. Nothing is kept on disk. `onPort`: where an earlier one was. */
export async function startRedis(onPort?: number): Promise<TestRedis | undefined> {
  const port = onPort ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'accrue-redis-'));
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const process = spawn('redis-server', flags, { stdio: 'ignore' });
  const stop = async (): Promise<void> => {
    if (process.exitCode === null && process.kill('SIGTERM')) await once(process, 'exit');
    rmSync(folder, { recursive: true, force: true });
  };
  const started = await Promise.race([once(process, 'error').then(() => false), answers(process, port)]);
  if (started) return { url: `redis://127.0.0.1:${port}`, stop };
  rmSync(folder, { recursive: true, force: true });
  return undefined;
}

async function answers(process: ChildProcess, port: number): Promise<boolean> {
  while (process.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const reply = await Promise.race([
      once(socket, 'connect').then(() => {
        socket.write('PING\r\n');
        return once(socket, 'data').then(([data]) => String(data));
      }),
      once(socket, 'error').then(() => ''),
    ]).catch(() => '');
    socket.destroy();
    if (reply.startsWith('+PONG')) return true;
    await wait(20);
  }
  throw new Error(`redis-server ended with ${process.exitCode}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
