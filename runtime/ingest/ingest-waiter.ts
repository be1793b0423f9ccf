// Owns waiting for counted events: one loop a process asks for all waited-for rows in a single select (protocols H3).
import { inSystem, type Sql } from '#db/scope.ts';
import { loadResults, type ResultRow } from '#db/usage-results.ts';
import type { Clock } from '#runtime/clock.ts';
import type { Log } from '#runtime/log.ts';
import { type IngestResult, resultOf } from './ingest-result.ts';
import type { IngestReceipt } from './receipt.ts';

const POLL_MS_MIN = 10;
const POLL_MS_MAX = 100;

type Wait = {
  readonly receipt: IngestReceipt;
  readonly untilMs: number;
  readonly rows: Map<string, ResultRow>;
  settle(result: IngestResult | undefined): void;
};

export type IngestWaiter = {
  /** The answer once all events are counted; undefined after `ms` milliseconds. */
  wait(receipt: IngestReceipt, ms: number): Promise<IngestResult | undefined>;
  /** Ends all waits unanswered. */
  close(): void;
};

export function createIngestWaiter(deps: { sql: Sql; clock: Clock; log: Log }): IngestWaiter {
  const { sql, clock, log } = deps;
  const waits = new Set<Wait>();
  let pollMs = POLL_MS_MIN;
  let looping = false;
  let nap = new AbortController();
  let closed = false;

  const end = (wait: Wait, result: IngestResult | undefined): void => {
    waits.delete(wait);
    wait.settle(result);
  };

  const look = async (): Promise<void> => {
    const ids = [...new Set([...waits].flatMap(missingRows))];
    const rows = await inSystem(sql, (tx) => loadResults(tx, ids));
    const found = new Map(rows.map((row) => [row.id, row]));
    if (rows.length > 0) pollMs = POLL_MS_MIN;
    for (const wait of waits) {
      for (const id of missingRows(wait)) {
        const row = found.get(id);
        if (row !== undefined) wait.rows.set(id, row);
      }
      const result = resultOf(wait.receipt, wait.rows);
      if (result !== undefined) end(wait, result);
    }
  };

  const loop = async (): Promise<void> => {
    looping = true;
    while (waits.size > 0) {
      nap = new AbortController();
      await clock.sleep(pollMs, nap.signal);
      pollMs = Math.min(pollMs * 2, POLL_MS_MAX);
      await look().catch((error: unknown) => {
        log.warn('looking for counted usage failed', { error, waiting: waits.size });
      });
      for (const wait of waits) if (clock.monotonicMs() >= wait.untilMs) end(wait, undefined);
    }
    looping = false;
  };

  return {
    wait: (receipt, ms) =>
      new Promise((settle) => {
        if (closed) return settle(undefined);
        waits.add({ receipt, untilMs: clock.monotonicMs() + ms, rows: new Map(), settle });
        pollMs = POLL_MS_MIN;
        if (!looping) void loop();
      }),
    close() {
      closed = true;
      for (const wait of waits) end(wait, undefined);
      nap.abort();
    },
  };
}

function missingRows(wait: Wait): string[] {
  return wait.receipt.slices.map((slice) => slice.inboxId).filter((id) => !wait.rows.has(id));
}
