// Owns a decision's scratch copy of the rows: reads see earlier writes, every write can be taken back, changes come out whole.
import type { CustomerState, TableName, Tables } from '#actors/customer-state.ts';

type RowMaps = { [T in TableName]: Map<string, Tables[T]> };

/** Rows to write, by table; each row is whole. */
export type Changes = { [T in TableName]: Tables[T][] };

export type ScratchRows = {
  /** Grows with every change; equal before and after a round means that the round was stable. */
  version(): number;
  /** The row; throws when the turn did not load it. */
  get<T extends TableName>(table: T, id: string): Tables[T];
  find<T extends TableName>(table: T, test: (row: Tables[T]) => boolean): Tables[T] | undefined;
  all<T extends TableName>(table: T): Tables[T][];
  put<T extends TableName>(table: T, row: Tables[T]): Tables[T];
  customer(): Tables['customer'];
  /** Remembers this moment; calling the result takes back what was put since. */
  mark(): () => void;
  changes(): Changes;
};

const TABLES: readonly TableName[] = [
  'customer',
  'paymentMethods',
  'subscriptions',
  'agreedPrices',
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

export function scratchRows(state: CustomerState): ScratchRows {
  const maps = copyRows(state);
  const dirty = new Map<string, TableName>();
  const undo: Undo[] = [];
  let version = 0;
  return {
    version: () => version,
    get: (table, id) => {
      const row = maps[table].get(id);
      if (row === undefined) throw new Error(`${table} ${id} is not part of this turn`);
      return row;
    },
    find: (table, test) => maps[table].values().find(test),
    all: (table) => [...maps[table].values()],
    put: (table, row) => {
      const rows = maps[table];
      undo.push({ rows, id: row.id, before: rows.get(row.id), wasDirty: dirty.has(row.id) });
      rows.set(row.id, row);
      dirty.set(row.id, table);
      version += 1;
      return row;
    },
    customer: () => {
      for (const customer of maps.customer.values()) return customer;
      throw new Error('a turn has exactly one customer');
    },
    mark: () => {
      const at = undo.length;
      return () => {
        for (let last = undo.length; last > at; last -= 1) takeBack(undo.pop(), dirty);
      };
    },
    changes: () => changesOf(maps, dirty),
  };
}

function copyRows(state: CustomerState): RowMaps {
  const entries = TABLES.map((table) => [table, new Map(state.rows[table].map((row) => [row.id, row]))]);
  return Object.fromEntries(entries) as RowMaps;
}

/** What one put replaced. */
type Undo = {
  readonly rows: Map<string, unknown>;
  readonly id: string;
  readonly before: unknown;
  readonly wasDirty: boolean;
};

function takeBack(put: Undo | undefined, dirty: Map<string, TableName>): void {
  if (put === undefined) return;
  const { rows, id, before, wasDirty } = put;
  if (before === undefined) rows.delete(id);
  else rows.set(id, before);
  if (!wasDirty) dirty.delete(id);
}

function changesOf(maps: RowMaps, dirty: ReadonlyMap<string, TableName>): Changes {
  const changes = Object.fromEntries(TABLES.map((table) => [table, [] as unknown[]])) as unknown as Changes;
  for (const [id, table] of dirty) {
    const row = maps[table].get(id);
    if (row !== undefined) (changes[table] as unknown[]).push(row);
  }
  return changes;
}
