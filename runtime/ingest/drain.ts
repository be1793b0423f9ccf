// Owns counting what waits in the inbox: claim, count, answer, commit, then wake the customers with late usage.
// Running twice, or in two processes at once, counts nothing twice: the identity table decides.
import { instantText } from '#actors/calendar/time.ts';
import { inSystem, type Sql, type Tx } from '#db/scope.ts';
import {
  type ClaimedRow,
  claimInboxRows,
  countInboxRows,
  type DrainNote,
  findConflicts,
  finishInboxRows,
  prepareDrain,
  setAside,
} from '#db/usage-drain.ts';
import type { Clock } from '#runtime/clock.ts';
import type { Log } from '#runtime/log.ts';
import type { Bell } from '#runtime/queues/bell.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import { isDataError } from './group-commit.ts';

/** More per statement does not get faster, and is held in memory by the server. */
const DRAIN_EVENTS_MAX = 5_000;
const CLAIM_ROWS_MAX = 200;

export type Drain = {
  /** Counts until nothing is left that nobody else counts, or `signal` aborts; resolves to the number of events. */
  run(signal: AbortSignal): Promise<number>;
};

export type DrainDeps = { readonly sql: Sql; readonly clock: Clock; readonly bell: Bell; readonly log: Log };

export function createDrain(deps: DrainDeps): Drain {
  const { sql, clock, bell, log } = deps;

  /** One transaction over at most `rowsMax` rows; the events it counted. */
  const pass = async (rowsMax: number): Promise<{ claimed: readonly ClaimedRow[]; events: number }> => {
    const now = instantText(clock.wall());
    const done = await inSystem(sql, async (tx) => {
      await prepareDrain(tx);
      const claimed = fitting(await claimInboxRows(tx, rowsMax));
      const rings = claimed.length === 0 ? [] : await count(tx, claimed, now);
      return { claimed, rings };
    });
    if (done.rings.length > 0) await bell.ring(done.rings);
    return { claimed: done.claimed, events: done.claimed.reduce((sum, row) => sum + row.eventCount, 0) };
  };

  /** A row that the database refuses must not keep the others from being counted: alone, it is set aside. */
  const passAlone = async (): Promise<number> => {
    try {
      return (await pass(1)).events;
    } catch (error) {
      if (!isDataError(error)) throw error;
      const failedAt = instantText(clock.wall());
      await inSystem(sql, async (tx) => {
        const [row] = await claimInboxRows(tx, 1);
        if (row === undefined) return;
        log.error('usage that cannot be counted is set aside', {
          error,
          inboxId: row.id,
          tenant: row.tenantId,
        });
        await setAside(tx, row.id, failedAt, error instanceof Error ? error.message.slice(0, 1_000) : '');
      });
      return 1;
    }
  };

  return {
    async run(signal) {
      let total = 0;
      let alone = 0;
      while (!signal.aborted) {
        try {
          const events = alone > 0 ? await passAlone() : (await pass(CLAIM_ROWS_MAX)).events;
          alone = Math.max(0, alone - 1);
          if (events === 0) break;
          total += events;
        } catch (error) {
          if (!isDataError(error)) throw error;
          alone = CLAIM_ROWS_MAX;
        }
      }
      return total;
    },
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

async function count(tx: Tx, claimed: readonly ClaimedRow[], now: string): Promise<Ring[]> {
  const ids = claimed.map((row) => row.id);
  const notes = await countInboxRows(tx, ids, now);
  const letters = new Map(claimed.map((row) => [row.id, Array.from({ length: row.eventCount }, () => 'c')]));
  const repeated = notes.filter((note) => note.kind === 'repeated');
  const conflicts = repeated.length === 0 ? [] : await findConflicts(tx, repeated);
  for (const [index, note] of repeated.entries()) mark(letters, note, conflicts[index] === true ? 'x' : 'd');
  for (const note of notes) if (note.kind === 'unbilled') mark(letters, note, 'u');

  const rows = claimed.map((row) => ({ ...row, letters: (letters.get(row.id) ?? []).join('') }));
  await finishInboxRows(tx, rows, now);
  return notes.flatMap(ringOf);
}

function mark(
  letters: ReadonlyMap<string, string[]>,
  note: { readonly inboxId: string; readonly position: number },
  letter: string,
): void {
  const row = letters.get(note.inboxId);
  if (row !== undefined) row[note.position - 1] = letter;
}

function ringOf(note: DrainNote): Ring[] {
  return note.kind === 'stale' ? [{ queue: 'advance', tenant: note.tenantId, key: note.customerId }] : [];
}
