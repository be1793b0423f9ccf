// Owns the ingest job: whoever rings, the whole inbox is drained. Its key says nothing: rows are claimed, not named.
import type { Clock } from '#runtime/clock.ts';
import type { Drain } from '#runtime/ingest/drain.ts';
import type { Processor } from '#runtime/queues/workers.ts';

/**
 * Rest between two looks at the inbox. A pass over ten events costs nearly what one over a thousand does, and so does a
 * job: under a steady stream of single events this is what leaves the processors to the requests.
 */
const REST_MS = 20;

/** Drains until a look after a rest finds nothing new. */
export function ingestProcessor({ drain, clock }: { drain: Drain; clock: Clock }): Processor {
  return async (_job, signal) => {
    while ((await drain.run(signal)) > 0 && !signal.aborted) await clock.sleep(REST_MS, signal);
  };
}
