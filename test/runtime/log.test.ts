// A log line is one JSON object; levels filter, errors and bigints print, secrets do not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '#runtime/log.ts';
import { manualClock } from '#test/support/manual-clock.ts';

function given(): { log: ReturnType<typeof createLog>; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({
    level: 'info',
    clock: manualClock('2023-11-01T00:00:00Z'),
    traceId: () => 'abc',
    write: (line) => lines.push(JSON.parse(line)),
  });
  return { log, lines };
}

test('a line has time, level, message, trace and fields', () => {
  const { log, lines } = given();
  log.with({ queue: 'advance' }).info('turn', { customer: 'cus_1', minor: 12n });
  assert.deepEqual(lines, [
    {
      time: '2023-11-01T00:00:00.000000Z',
      level: 'info',
      message: 'turn',
      trace_id: 'abc',
      queue: 'advance',
      customer: 'cus_1',
      minor: '12',
    },
  ]);
});

test('lines below the level are dropped', () => {
  const { log, lines } = given();
  log.debug('quiet');
  assert.deepEqual(lines, []);
});

test('errors print with their cause', () => {
  const { log, lines } = given();
  log.error('failed', { error: new TypeError('outer', { cause: new Error('inner') }) });
  const error = lines[0]?.['error'] as { name: string; message: string; cause: { message: string } };
  assert.deepEqual([error.name, error.message, error.cause.message], ['TypeError', 'outer', 'inner']);
});

test('the value of a field that names a secret is not printed', () => {
  const { log, lines } = given();
  log.info('key', { api_key: 'sk_1', nested: { signingSecret: 'whsec_1' } });
  assert.ok(!JSON.stringify(lines).includes('_1'));
});
