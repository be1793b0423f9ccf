// Owns the scratch copy a decision works on: reads see earlier writes, and what changed comes out as a value.
// New rows get placeholder ids (`~tag.chg.1~`); the runtime replaces them by real ones when it saves (protocols H12).
import type { BusinessTime, WallTime } from '#actors/calendar/time.ts';
import type { CustomerState, StaleBucket, TableName, Tables } from '#actors/customer-state.ts';
import type { BillingEvent } from '#actors/events/billing-event.ts';
import type { Journal } from '#actors/ledger/journal.ts';
import { type Facts, type Need, needKey, type Quantity, type QuantityNeed } from '#actors/state/facts.ts';
import type { PlanVersion, Price } from '#actors/state/plan.ts';

type Row<T extends TableName> = Tables[T];
type RowMaps = { [T in TableName]: Map<string, Tables[T]> };

/** What a turn brings besides the state: the customer's present, the machine's, and a tag no text of a user contains. */
export type Times = { now: BusinessTime; wall: WallTime; tag: string };

/** Rows to write, by table; each row is whole. */
export type Changes = { [T in TableName]: Tables[T][] };

export type Workspace = {
  readonly state: CustomerState;
  readonly facts: Facts;
  readonly now: BusinessTime;
  /** System time: only for what the outside sees, such as the next call of a gateway. */
  readonly wall: WallTime;
  /** Grows with every change; equal before and after a round means that the round was stable. */
  version(): number;
  get<T extends TableName>(table: T, id: string): Row<T>;
  find<T extends TableName>(table: T, test: (row: Row<T>) => boolean): Row<T> | undefined;
  all<T extends TableName>(table: T): Row<T>[];
  put<T extends TableName>(table: T, row: Row<T>): Row<T>;
  customer(): Tables['customer'];
  price(id: string): Price;
  mint(prefix: string): string;
  /** Placeholder of the next document number; the save puts the real one in its place (ruling R20). */
  mintNumber(): string;
  emit(event: BillingEvent): void;
  post(journal: Journal): void;
  collect(invoiceId: string): void;
  quantity(need: Omit<QuantityNeed, 'kind'>): Quantity | undefined;
  plan(name: string): PlanVersion | null | undefined;
  accountedStale(stale: StaleBucket): void;
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

const TABLES: readonly TableName[] = [
  'customer',
  'paymentMethods',
  'subscriptions',
  'items',
  'itemVersions',
  'charges',
  'runs',
  'invoices',
  'lines',
  'attempts',
  'payments',
  'allocations',
];

/** Opens a workspace over `state` at business time `now`. The state itself is never modified. */
export function openWorkspace(state: CustomerState, times: Times, facts: Facts): Workspace {
  const maps = copyRows(state);
  const prices = new Map(state.prices.map((price) => [price.id, price]));
  for (const plan of facts.plans.values())
    for (const price of plan?.prices ?? []) prices.set(price.id, price);
  const dirty = new Map<string, TableName>();
  const undo: (() => void)[] = [];
  const events: BillingEvent[] = [];
  const journals: Journal[] = [];
  const collectIds = new Set<string>();
  const needs = new Map<string, Need>();
  const accounted = new Set<StaleBucket>();
  let minted = 0;
  let numbers = 0;
  let version = 0;

  const put = <T extends TableName>(table: T, row: Row<T>): Row<T> => {
    undo.push(restorer(maps[table], row.id, dirty));
    maps[table].set(row.id, row);
    dirty.set(row.id, table);
    version += 1;
    return row;
  };
  const ask = (need: Need): void => {
    needs.set(needKey(need), need);
  };
  return {
    state,
    facts,
    now: times.now,
    wall: times.wall,
    version: () => version,
    get: (table, id) => {
      const row = maps[table].get(id);
      if (row === undefined) throw new Error(`${table} ${id} is not part of this turn`);
      return row;
    },
    find: (table, test) => maps[table].values().find(test),
    all: (table) => [...maps[table].values()],
    put,
    customer: () => {
      for (const customer of maps.customer.values()) return customer;
      throw new Error('a turn has exactly one customer');
    },
    price: (id) => {
      const price = prices.get(id);
      if (price === undefined) throw new Error(`price ${id} is not part of this turn`);
      return price;
    },
    mint: (prefix) => {
      minted += 1;
      return `~${times.tag}.${prefix}.${minted}~`;
    },
    mintNumber: () => {
      numbers += 1;
      return `~${times.tag}.number.${numbers}~`;
    },
    emit: (event) => events.push(event),
    post: (journal) => journals.push(journal),
    collect: (invoiceId) => collectIds.add(invoiceId),
    quantity: (need) => {
      const full: QuantityNeed = { kind: 'quantity', ...need };
      const known = facts.quantities.get(needKey(full));
      if (known === undefined) ask(full);
      return known;
    },
    plan: (name) => {
      const known = facts.plans.get(name);
      if (known === undefined) ask({ kind: 'plan', plan: name });
      return known;
    },
    accountedStale: (stale) => accounted.add(stale),
    savepoint: () => {
      const at = undo.length;
      const saved = { events: events.length, journals: journals.length, ids: [...collectIds] };
      return () => {
        while (undo.length > at) undo.pop()?.();
        events.length = saved.events;
        journals.length = saved.journals;
        collectIds.clear();
        for (const id of saved.ids) collectIds.add(id);
      };
    },
    finish: () => ({
      changes: changesOf(maps, dirty),
      events,
      journals,
      collectInvoiceIds: [...collectIds],
      needs: [...needs.values()],
      accountedStale: [...accounted],
      changed: dirty.size > 0 || events.length > 0 || journals.length > 0 || accounted.size > 0,
    }),
  };
}

function copyRows(state: CustomerState): RowMaps {
  const entries = TABLES.map((table) => [table, new Map(state.rows[table].map((row) => [row.id, row]))]);
  return Object.fromEntries(entries) as RowMaps;
}

/** What takes one put back. */
function restorer<V>(rows: Map<string, V>, id: string, dirty: Map<string, TableName>): () => void {
  const before = rows.get(id);
  const wasDirty = dirty.has(id);
  return () => {
    if (before === undefined) rows.delete(id);
    else rows.set(id, before);
    if (!wasDirty) dirty.delete(id);
  };
}

function changesOf(maps: RowMaps, dirty: ReadonlyMap<string, TableName>): Changes {
  const changes = Object.fromEntries(TABLES.map((table) => [table, [] as unknown[]])) as unknown as Changes;
  for (const [id, table] of dirty) {
    const row = maps[table].get(id);
    if (row !== undefined) (changes[table] as unknown[]).push(row);
  }
  return changes;
}
