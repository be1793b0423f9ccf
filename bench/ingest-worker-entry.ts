// Owns the worker process of the ingest benchmark: the ingest queue and its drain.
import { connectDatabase } from '#db/connection.ts';
import { ingestProcessor } from '#jobs/ingest.ts';
import { systemClock } from '#runtime/clock.ts';
import { createDrain } from '#runtime/ingest/drain.ts';
import { createLog } from '#runtime/log.ts';
import { createQueueBackend } from '#runtime/queues/backend.ts';
import { createBell } from '#runtime/queues/bell.ts';
import { startWorkers } from '#runtime/queues/workers.ts';

const clock = systemClock();
const log = createLog({ level: 'warn', clock });
const databaseUrl = process.env['DATABASE_URL'] ?? '';
const sql = connectDatabase({ url: databaseUrl, max: 5, name: 'bench worker' });
const backend = createQueueBackend({
  redisUrl: process.env['REDIS_URL'],
  databaseUrl,
  workers: 1,
  clock,
  log,
});
const bell = createBell({ backend, clock, log });
const drain = createDrain({ sql, clock, bell, log });
const none = async (): Promise<void> => {};
const processors = {
  ingest: ingestProcessor(drain),
  advance: none,
  invoice: none,
  collect: none,
  notify: none,
  'webhook-dispatch': none,
};
await startWorkers({ backend, queues: ['ingest'], processors, clock, log });
process.send?.({ port: 0 });
process.on('message', (message) => {
  if (message === 'memory') process.send?.({ rss: process.memoryUsage.rss(), cpu: process.cpuUsage() });
});
process.on('disconnect', () => process.exit(0));
