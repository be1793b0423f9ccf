// Owns the worker process of the ingest benchmark: the real one, all queues and the sweep, that also tells its usage.
import '#jobs/worker-entry.ts';
import { answerUsage } from './bench-process.ts';

answerUsage(0);
