// Owns the ingest job: whoever rings, the whole inbox is drained. Its key says nothing: rows are claimed, not named.
import type { Drain } from '#runtime/ingest/drain.ts';
import type { Processor } from '#runtime/queues/workers.ts';

export function ingestProcessor(drain: Drain): Processor {
  return async (_job, signal) => {
    await drain.run(signal);
  };
}
