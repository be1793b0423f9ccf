// The drain: last started first closed, each step bounded, one bad step does not keep the others from closing.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { createLog } from '#runtime/log.ts';
import { createShutdown, type Shutdown } from '#runtime/shutdown.ts';
import { type ManualClock, manualClock } from '#test/support/manual-clock.ts';

function given(): { shutdown: Shutdown; clock: ManualClock; closed: string[]; lines: string[] } {
  const clock = manualClock('2023-11-01T00:00:00Z');
  const lines: string[] = [];
  const log = createLog({ level: 'info', clock, write: (line) => lines.push(line) });
  return { shutdown: createShutdown({ timeoutMs: 25_000, clock, log }), clock, closed: [], lines };
}

test('steps close in reverse order, after the signal was raised', async () => {
  const { shutdown, closed } = given();
  shutdown.register('pool', () => closed.push(`pool ${shutdown.signal.aborted}`));
  shutdown.register('worker', async () => closed.push('worker'));
  assert.equal(await shutdown.drain('test'), true);
  assert.deepEqual(closed, ['worker', 'pool true']);
});

test('a failing step is logged and the rest still closes', async () => {
  const { shutdown, closed, lines } = given();
  shutdown.register('pool', () => closed.push('pool'));
  shutdown.register('worker', () => {
    throw new Error('broken');
  });
  assert.equal(await shutdown.drain('test'), false);
  assert.deepEqual(closed, ['pool']);
  assert.ok(lines.some((line) => line.includes('"step":"worker"') && line.includes('broken')));
});

test('a hanging step is left behind when its time is up', async () => {
  const { shutdown, clock, closed } = given();
  shutdown.register('pool', () => closed.push('pool'));
  shutdown.register('worker', () => new Promise(() => {}), 5_000);
  const drained = shutdown.drain('test');
  await clock.advance(4_999);
  assert.deepEqual(closed, []);
  await clock.advance(1);
  assert.equal(await drained, false);
  assert.deepEqual(closed, ['pool']);
});

test('many hanging steps together stay within the whole limit', async () => {
  const { shutdown, clock } = given();
  for (const name of ['a', 'b', 'c', 'd', 'e']) shutdown.register(name, () => new Promise(() => {}), 10_000);
  const drained = shutdown.drain('test');
  for (let elapsed = 0; elapsed < 25_000; elapsed += 5_000) await clock.advance(5_000);
  assert.equal(await drained, false);
});

test('a second drain is the first one', async () => {
  const { shutdown, closed } = given();
  shutdown.register('pool', () => closed.push('pool'));
  assert.deepEqual(await Promise.all([shutdown.drain('a'), shutdown.drain('b')]), [true, true]);
  assert.deepEqual(closed, ['pool']);
});

const CHILD = `
  import { systemClock } from '#runtime/clock.ts';
  import { createLog } from '#runtime/log.ts';
  import { createShutdown } from '#runtime/shutdown.ts';
  const clock = systemClock();
  const log = createLog({ level: 'info', clock });
  const shutdown = createShutdown({ timeoutMs: 25_000, clock, log });
  shutdown.register('work', () => (process.argv[1] === 'hang' ? new Promise(() => {}) : undefined));
  shutdown.listen();
  setInterval(() => {}, 1000);
  process.stdout.write('ready\\n');
`;

async function child(argument: string, signals: readonly NodeJS.Signals[]): Promise<number | null> {
  const started = spawn(process.execPath, ['--input-type=module', '-e', CHILD, argument], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for (const signal of signals) {
    await once(started.stdout, 'data');
    started.kill(signal);
  }
  const [code] = await once(started, 'exit');
  return code as number | null;
}

test('a process drains on SIGTERM and exits with 0', async () => {
  assert.equal(await child('clean', ['SIGTERM']), 0);
});

test('a second signal ends a hanging drain at once', async () => {
  assert.equal(await child('hang', ['SIGTERM', 'SIGINT']), 130);
});
