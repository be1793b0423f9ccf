// Owns one pass of the drain: claim, count, answer, commit, then wake the customers with late usage.
import { instantText } from '#actors/calendar/time.ts';
import { inSystem, type Tx } from '#db/scope.ts';
import { countInboxRows, type DrainNote } from '#db/usage-count.ts';
import {
  type ClaimedRow,
  claimInboxRows,
  findConflicts,
  finishInboxRows,
  prepareDrain,
} from '#db/usage-drain.ts';
import { type Crossing, straightAcross } from '#runtime/crash-points.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import type { DrainDeps } from './drain.ts';
import { resultName } from './ingest-result.ts';

/** More per statement does not get faster, and is held in memory by the server. */
export const DRAIN_EVENTS_MAX = 5_000;

export type Pass = {
  /** Rows counted; none: nothing was left that nobody else counts. */
  readonly rows: number;
  readonly events: number;
  /** Whether more may be waiting. */
  readonly full: boolean;
  readonly eventsPerRow: number;
};

/** One transaction over the oldest rows, at most `rowsMax` of them; `claimed` is told which before they are counted. */
export function createDrainPass(
  deps: Pick<DrainDeps, 'sql' | 'clock' | 'bell' | 'cross' | 'metrics'>,
): (rowsMax: number, claimed?: (rows: readonly ClaimedRow[]) => void) => Promise<Pass> {
  const { sql, clock, bell, cross = straightAcross, metrics } = deps;
  return async (rowsMax, claimed) => {
    const work = async (tx: Tx) => {
      await prepareDrain(tx);
      const found = await cross('drain.claim', () => claimInboxRows(tx, rowsMax));
      // After the claim: what a turn could not see yet when it closed a period is counted at a later time than that.
      const now = instantText(clock.wall());
      const rows = fitting(found);
      claimed?.(rows);
      const counted = rows.length === 0 ? NOTHING : await count({ tx, cross }, rows, now);
      return { found, rows, ...counted };
    };
    const done = await cross('drain.commit', () => inSystem(sql, work));
    for (const [letter, events] of tally(done.letters)) {
      metrics?.eventsIngested.add(events, { outcome: resultName(letter) });
    }
    if (done.rings.length > 0) await cross('drain.ring', () => bell.ring(done.rings));
    return {
      rows: done.rows.length,
      events: eventsOf(done.rows),
      full: done.found.length === rowsMax || done.rows.length < done.found.length,
      eventsPerRow: eventsOf(done.found) / Math.max(1, done.found.length),
    };
  };
}

/** The oldest rows that make at most a full drain, and always the first. */
function fitting(rows: readonly ClaimedRow[]): ClaimedRow[] {
  let events = 0;
  return rows.filter((row, index) => {
    events += row.eventCount;
    return index === 0 || events <= DRAIN_EVENTS_MAX;
  });
}

function eventsOf(rows: readonly ClaimedRow[]): number {
  return rows.reduce((sum, row) => sum + row.eventCount, 0);
}

type Place = { readonly tx: Tx; readonly cross: Crossing };
/** A letter per event of each row, and who has late usage. */
type Counted = { readonly letters: readonly string[]; readonly rings: readonly Ring[] };
const NOTHING: Counted = { letters: [], rings: [] };

async function count({ tx, cross }: Place, claimed: readonly ClaimedRow[], now: string): Promise<Counted> {
  const ids = claimed.map((row) => row.id);
  const notes = await cross('drain.count', () => countInboxRows(tx, ids, now));
  const letters = new Map(claimed.map((row) => [row.id, Array.from({ length: row.eventCount }, () => 'c')]));
  const repeated = notes.filter((note) => note.kind === 'repeated');
  const conflicts = repeated.length === 0 ? [] : await findConflicts(tx, repeated);
  for (const [index, note] of repeated.entries()) mark(letters, note, conflicts[index] === true ? 'x' : 'd');
  for (const note of notes) if (note.kind === 'unbilled') mark(letters, note, 'u');

  const rows = claimed.map((row) => ({ ...row, letters: (letters.get(row.id) ?? []).join('') }));
  await cross('drain.answer', () => finishInboxRows(tx, rows, now));
  return { letters: rows.map((row) => row.letters), rings: notes.flatMap(ringOf) };
}

function mark(
  letters: ReadonlyMap<string, string[]>,
  note: { readonly inboxId: string; readonly position: number },
  letter: string,
): void {
  const row = letters.get(note.inboxId);
  if (row !== undefined) row[note.position - 1] = letter;
}

function tally(letters: readonly string[]): ReadonlyMap<string, number> {
  const events = new Map<string, number>();
  for (const row of letters) for (const letter of row) events.set(letter, (events.get(letter) ?? 0) + 1);
  return events;
}

function ringOf(note: DrainNote): Ring[] {
  return note.kind === 'stale' ? [{ queue: 'advance', tenant: note.tenantId, key: note.customerId }] : [];
}
