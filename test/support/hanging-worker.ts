// A process that takes one job of `advance`, says so, and never ends it: for tests that kill it.
import { systemClock } from '#runtime/clock.ts';
import { createQueueBackend } from '#runtime/queues/backend.ts';
import { quietLog } from './queue-backends.ts';

const [databaseUrl = '', redisUrl] = process.argv.slice(2);
const clock = systemClock();
const backend = createQueueBackend({ databaseUrl, redisUrl, workers: 1, clock, log: quietLog() });
await backend.openWorker('advance', {
  concurrency: 1,
  locks: { lockMs: 1_000, checkMs: 200 },
  run: () => {
    console.log('taken');
    return new Promise(() => {});
  },
});
console.log('ready');
