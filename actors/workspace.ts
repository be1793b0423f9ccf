// Owns the scratch copy a decision works on: rows, questions, and what it concludes besides rows.
// New rows are named by their position in the turn, under a block of ids that the runtime gives (protocols H12).
import type { BusinessTime, WallTime } from '#actors/calendar/time.ts';
import type { CustomerState, StaleBucket } from '#actors/customer-state.ts';
import type { BillingEvent } from '#actors/events/billing-event.ts';
import type { Journal } from '#actors/ledger/journal.ts';
import type { Facts, Need } from '#actors/state/facts.ts';
import type { Price } from '#actors/state/plan.ts';
import { idInBlock, numberPlaceholder } from '#actors/workspace/new-ids.ts';
import { type Questions, questions } from '#actors/workspace/questions.ts';
import { type Changes, type ScratchRows, scratchRows } from '#actors/workspace/scratch-rows.ts';

/** What a turn brings besides the state: the customer's present, the machine's, and sixteen characters that are its alone. */
export type Times = { now: BusinessTime; wall: WallTime; block: string };

export type Workspace = Omit<ScratchRows, 'mark' | 'changes'> &
  Omit<Questions, 'needs'> & {
    readonly state: CustomerState;
    readonly now: BusinessTime;
    /** System time: only for what the outside sees, such as the next call of a gateway. */
    readonly wall: WallTime;
    mint(prefix: string): string;
    /** Placeholder of the next document number; the save puts the real one in its place (ruling R20). */
    mintNumber(): string;
    emit(event: BillingEvent): void;
    post(journal: Journal): void;
    collect(invoiceId: string): void;
    accountedStale(stale: StaleBucket): void;
    /** Remembers this moment; calling the result takes back all that was done since. */
    savepoint(): () => void;
    finish(): WorkspaceResult;
  };

export type WorkspaceResult = {
  changes: Changes;
  events: readonly BillingEvent[];
  journals: readonly Journal[];
  collectInvoiceIds: readonly string[];
  needs: readonly Need[];
  accountedStale: CustomerState['stale'];
  changed: boolean;
};

/** A price that this turn agreed: it is among the rows, not among the prices that were loaded. */
function agreedPrice(
  id: string,
  rows: Pick<ScratchRows, 'find'>,
  asking: Pick<Questions, 'price'>,
): Price | undefined {
  const agreed = rows.find('agreedPrices', (row) => row.id === id);
  if (agreed === undefined) return undefined;
  const { key, name, cadence, meterId, currency } = asking.price(agreed.parentPriceId);
  const { parentPriceId } = agreed;
  const place = {
    id,
    key,
    name,
    cadence,
    meterId,
    parentPriceId,
    ...(currency !== undefined && { currency }),
  };
  return { ...place, ...agreed.price };
}

/** Opens a workspace over `state`. The state itself is never modified. */
export function openWorkspace(state: CustomerState, times: Times, facts: Facts): Workspace {
  const { mark, changes, ...rows } = scratchRows(state);
  const { needs, ...asking } = questions(state, facts);
  const events: BillingEvent[] = [];
  const journals: Journal[] = [];
  const collectIds = new Set<string>();
  const accounted = new Set<StaleBucket>();
  let minted = 0;
  let numbers = 0;
  return {
    ...rows,
    ...asking,
    price: (id) => agreedPrice(id, rows, asking) ?? asking.price(id),
    state,
    now: times.now,
    wall: times.wall,
    mint: (prefix) => {
      minted += 1;
      return idInBlock(prefix, times.block, minted);
    },
    mintNumber: () => {
      numbers += 1;
      return numberPlaceholder(times.block, numbers);
    },
    emit: (event) => events.push(event),
    post: (journal) => journals.push(journal),
    collect: (invoiceId) => collectIds.add(invoiceId),
    accountedStale: (stale) => accounted.add(stale),
    savepoint: () => {
      const undoRows = mark();
      const saved = { events: events.length, journals: journals.length, ids: [...collectIds], numbers };
      return () => {
        undoRows();
        events.length = saved.events;
        journals.length = saved.journals;
        numbers = saved.numbers;
        collectIds.clear();
        for (const id of saved.ids) collectIds.add(id);
      };
    },
    finish: () => ({
      changes: changes(),
      events,
      journals,
      collectInvoiceIds: [...collectIds],
      needs: needs(),
      accountedStale: [...accounted],
      changed: rows.version() > 0 || events.length > 0 || journals.length > 0 || accounted.size > 0,
    }),
  };
}
