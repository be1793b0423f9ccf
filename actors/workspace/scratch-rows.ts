// Owns a decision's scratch copy of the rows: reads see earlier writes, every write can be taken back, changes come out whole.
// Lists are never changed but replaced, so a moment is remembered by keeping its lists. A turn has a dozen rows: looking
// through them takes less than an index over them, which costs a hash and an entry for each id (measured).
import type { CustomerState, TableName, Tables } from '#actors/customer-state.ts';

type Rows = { [T in TableName]: readonly Tables[T][] };

/** Rows to write, by table; each row is whole. */
export type Changes = Rows;

export type ScratchRows = {
  /** Grows with every change; equal before and after a round means that the round was stable. */
  version(): number;
  /** The row; throws when the turn did not load it. */
  get<T extends TableName>(table: T, id: string): Tables[T];
  find<T extends TableName>(table: T, test: (row: Tables[T]) => boolean): Tables[T] | undefined;
  /** The rows as they are now: later writes do not show. */
  all<T extends TableName>(table: T): readonly Tables[T][];
  put<T extends TableName>(table: T, row: Tables[T]): Tables[T];
  customer(): Tables['customer'];
  /** Remembers this moment; calling the result takes back what was put since. */
  mark(): () => void;
  changes(): Changes;
};

export const NO_ROWS: Changes = {
  customer: [],
  paymentMethods: [],
  subscriptions: [],
  agreedPrices: [],
  items: [],
  itemVersions: [],
  charges: [],
  runs: [],
  invoices: [],
  lines: [],
  attempts: [],
  payments: [],
  allocations: [],
};

const TABLES = Object.keys(NO_ROWS) as readonly TableName[];

export function scratchRows({ rows: loaded }: Pick<CustomerState, 'rows'>): ScratchRows {
  let rows: Rows = { ...loaded };
  let version = 0;
  const list = <T extends TableName>(table: T): readonly Tables[T][] => rows[table];
  return {
    version: () => version,
    get: (table, id) => {
      const row = list(table).find((one) => one.id === id);
      if (row === undefined) throw new Error(`${table} ${id} is not part of this turn`);
      return row;
    },
    find: (table, test) => list(table).find(test),
    all: list,
    put: (table, row) => {
      rows[table] = withRow(list(table), row) as Rows[typeof table];
      version += 1;
      return row;
    },
    customer: () => {
      const [customer] = rows.customer;
      if (customer === undefined) throw new Error('a turn has exactly one customer');
      return customer;
    },
    mark: () => {
      const then = { ...rows };
      return () => {
        rows = { ...then };
      };
    },
    changes: () => changesOf(loaded, rows),
  };
}

function withRow<R extends { readonly id: string }>(rows: readonly R[], row: R): readonly R[] {
  const place = rows.findIndex((one) => one.id === row.id);
  return place < 0 ? [...rows, row] : rows.with(place, row);
}

/** A row keeps its place, and new ones come behind those that were loaded. */
function changesOf(loaded: CustomerState['rows'], rows: Rows): Changes {
  const changes: Record<TableName, readonly unknown[]> = { ...NO_ROWS };
  for (const table of TABLES) {
    const [before, after]: [readonly unknown[], readonly unknown[]] = [loaded[table], rows[table]];
    if (after !== before) changes[table] = after.filter((row, place) => row !== before[place]);
  }
  return changes as Changes;
}
