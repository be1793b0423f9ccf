// Owns reporting usage from code in the same process: taken durably, then counted, with one answer per event.
import type { Ingest } from './ingest/ingest.ts';
import type { IngestResult } from './ingest/ingest-result.ts';
import type { UsageEventInput } from './ingest/usage-event.ts';
import type { UsageProblem } from './ingest/usage-problem.ts';

const WAIT_MS = 10_000;

export type UsageAnswer =
  /** `result` is absent when the events are durable, but not counted within the wait. */
  | { readonly ok: true; readonly result: IngestResult | undefined }
  | { readonly ok: false; readonly code: 'events_refused'; readonly problems: readonly UsageProblem[] }
  /** Nothing was taken: send the same events again after a while. */
  | { readonly ok: false; readonly code: 'overloaded'; readonly retryAfterSeconds: number };

export type UsageApi = {
  /** All events are taken, or none. Sending them again counts nothing twice. */
  ingest(
    tenant: string,
    events: readonly UsageEventInput[],
    options?: { readonly waitMs?: number; readonly signal?: AbortSignal },
  ): Promise<UsageAnswer>;
};

export function createUsageApi(ingest: Ingest): UsageApi {
  return {
    async ingest(tenant, events, { waitMs = WAIT_MS, signal } = {}) {
      const acceptance = await ingest.accept(tenant, events, signal === undefined ? {} : { signal });
      switch (acceptance.kind) {
        case 'accepted':
          return { ok: true, result: await ingest.wait(acceptance.receipt, waitMs) };
        case 'refused':
          return { ok: false, code: 'events_refused', problems: acceptance.problems };
        case 'overloaded':
          return { ok: false, code: 'overloaded', retryAfterSeconds: acceptance.retryAfterSeconds };
        default:
          return acceptance satisfies never;
      }
    },
  };
}
