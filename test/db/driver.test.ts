// The database goes away in the middle of transactions, again and again: each ends, the process lives, the pool recovers.
// Runs in a process of its own, because an exception outside every promise is what must not happen.
// And bytes of any size arrive as they were, whatever is sent before, between and behind them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { testDatabase } from '#test/support/database.ts';

test('a line that is cut ends transactions and nothing else', async () => {
  const program = join(import.meta.dirname, '../support/lost-lines-child.ts');
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let faults = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    faults += text;
  });
  const [code] = await once(child, 'exit');
  assert.equal(code, 0, faults);
  const { committed, failed, after } = JSON.parse(output) as Record<string, number>;
  assert.equal(Number(committed) + Number(failed), 60, output);
  assert.ok(Number(failed) > 0, 'no transaction was cut');
  assert.equal(after, 3);
});

test('bytes of many sizes arrive as they were among many small messages', async () => {
  const database = await testDatabase({ max: 1 });
  const { sql } = database;
  const bytes = fc
    .record({
      length: fc.oneof(fc.nat(40), fc.integer({ min: 900, max: 1200 }), fc.nat(70_000)),
      seed: fc.nat(255),
    })
    .map(({ length, seed }) => Uint8Array.from({ length }, (_, at) => (at * 31 + seed) % 256));
  const message = fc.array(
    fc.oneof(
      bytes,
      fc.string({ maxLength: 30 }).filter((text) => !text.includes('\0')),
    ),
    {
      minLength: 1,
      maxLength: 5,
    },
  );
  const typed = (value: Uint8Array | string) =>
    sql.typed(value as never, typeof value === 'string' ? 25 : 17);
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 30 }), async (messages) => {
      // Nobody waits for the answer to the one before: all of them pass through the driver's buffers at once.
      const answers = await Promise.all(
        messages.map((values) => {
          const [a = '', b = '', c = '', d = '', e = ''] = values;
          return sql`select ${typed(a)} as a, ${typed(b)} as b, ${typed(c)} as c, ${typed(d)} as d, ${typed(e)} as e`;
        }),
      );
      const read = answers.map(([row]) => Object.values(row ?? {}).map((value) => plain(value)));
      const sent = messages.map((values) => Array.from({ length: 5 }, (_, at) => plain(values[at] ?? '')));
      assert.deepEqual(read, sent);
    }),
    { numRuns: 40 },
  );
  await database.close();
});

const plain = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value);
