// Owns what is said about each accepted event, and how a request's answers are cut out of its rows' letters.
import type { ResultRow } from '#db/usage-results.ts';
import type { IngestReceipt } from './receipt.ts';

/** accepted_unbilled: stored and counted, but every charge of its period is sealed (ruling R7). */
export type EventResult = 'created' | 'duplicate' | 'conflict' | 'accepted_unbilled';

export type IngestResult = {
  /** In the order in which the events were sent. */
  readonly results: readonly EventResult[];
  /** System time at which the last of them was counted, RFC 3339. */
  readonly countedAt: string;
};

const NAMES: Readonly<Record<string, EventResult>> = {
  c: 'created',
  d: 'duplicate',
  x: 'conflict',
  u: 'accepted_unbilled',
};

/** The answer to a request; undefined while a row of it is not counted, or if it names events a row does not have. */
export function resultOf(
  receipt: IngestReceipt,
  rows: ReadonlyMap<string, ResultRow>,
): IngestResult | undefined {
  const results: EventResult[] = [];
  let countedAt = '';
  for (const { inboxId, from, count } of receipt.slices) {
    const row = rows.get(inboxId);
    if (row === undefined || row.tenantId !== receipt.tenantId) return undefined;
    const letters = row.letters.slice(from, from + count);
    if (letters.length !== count) return undefined;
    for (const letter of letters) results.push(resultName(letter));
    if (row.drainedAt > countedAt) countedAt = row.drainedAt;
  }
  return { results, countedAt };
}

/** The result that a letter in a row's answer stands for. */
export function resultName(letter: string): EventResult {
  const name = NAMES[letter];
  if (name === undefined) throw new Error(`no event result is written as ${letter}`);
  return name;
}
