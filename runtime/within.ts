// Owns patience: waiting for something at most so long.
import type { Clock } from './clock.ts';
import { TransientError } from './errors.ts';

/** What `work` gives, or TransientError after `ms` milliseconds. Late failures of `work` are swallowed. */
export async function within<T>(work: Promise<T>, ms: number, clock: Clock): Promise<T> {
  const settled = new AbortController();
  const late = clock.sleep(ms, settled.signal).then((): never => {
    throw new TransientError(`no answer within ${ms} ms`);
  });
  late.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    settled.abort();
  }
}
