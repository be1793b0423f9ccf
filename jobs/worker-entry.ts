// Owns the worker process: the workers of WORKER_QUEUES and the sweep.
import { processCore, runProcess } from '#runtime/process.ts';
import { createWorkerSet, WORKER_CLOSE_MS_MAX } from './worker.ts';

await runProcess('worker', process.env, async (parts) => {
  const core = await processCore(parts, 'worker');
  const workers = await createWorkerSet({ ...core, onAnswered: core.commandBus.wake });
  parts.shutdown.register('workers', () => workers.close(), WORKER_CLOSE_MS_MAX);
  parts.log.info('working', { queues: parts.config.queues, backend: core.backend.kind });
});
