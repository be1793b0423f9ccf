// Owns turning decisions into the rows that a save writes: what was made, what changed, and where document numbers go.
import type { BusinessTime } from '#actors/calendar/time.ts';
import type { StaleBucket, TableName } from '#actors/customer-state.ts';
import type { BillingEvent } from '#actors/events/billing-event.ts';
import type { Journal } from '#actors/ledger/journal.ts';
import type { Outcome } from '#actors/rejection.ts';
import type { Customer } from '#actors/state/customer.ts';
import type { Invoice } from '#actors/state/invoice.ts';
import type { TenantTerms } from '#actors/state/tenant-terms.ts';
import { numberMark } from '#actors/workspace/new-ids.ts';
import type { Changes } from '#actors/workspace/scratch-rows.ts';
import { RowsWriter, type SavedType, type SavedTypes } from './saved-types.ts';
import { columnsRead, type RowSet, typeOf } from './writers.ts';

/** What one customer's turn decided, as the save takes it. */
export type CustomerTurn = {
  tenant: TenantTerms;
  customer: Customer;
  /** What the ids that the turn made have in common. */
  block: string;
  changes: Changes;
  events: readonly BillingEvent[];
  journals: readonly Journal[];
  accountedStale: readonly StaleBucket[];
  answers: readonly { commandId: string; outcome: Outcome }[];
  now: BusinessTime;
  trace: string | null;
};

/** Rows by table as the statement takes them, new ones and changed ones apart; a set without rows is absent. */
export type TurnRows = ReadonlyMap<RowSet, Uint8Array>;

const TYPES: Readonly<Record<Exclude<TableName, 'customer'>, SavedType>> = {
  paymentMethods: 'payment_method',
  subscriptions: 'subscription',
  agreedPrices: 'agreed_price',
  items: 'item',
  itemVersions: 'item_version',
  charges: 'charge',
  runs: 'run',
  invoices: 'invoice',
  lines: 'line',
  attempts: 'attempt',
  payments: 'payment',
  allocations: 'allocation',
};

const TABLE_TYPES = Object.entries(TYPES) as [keyof typeof TYPES, SavedType][];

type Series = { entity: string; year: number; count: number };

/** Takes customers' turns one by one. */
export type TurnRowsWriter = {
  add(turn: CustomerTurn): void;
  /** The rows of all of them. No turn is added afterwards. */
  finish(): TurnRows;
};

/**
 * Renders turns of customers of one tenant, each as it is added: what all fifty decisions of a
 * batch hold until the last one is made, the collector copies (measured). `newId` makes an id for a prefix, `types` are the database's.
 */
export function turnRows(newId: (prefix: string) => string, types: SavedTypes): TurnRowsWriter {
  const sets = new Map<RowSet, RowsWriter>();
  const add: Add = (set, row, beside = NOTHING) => {
    let rows = sets.get(set);
    if (rows === undefined) sets.set(set, (rows = new RowsWriter(types.get(typeOf(set)), columnsRead(set))));
    rows.put(row, beside);
  };
  const series = new Map<string, Series>();
  return {
    add: (turn) => {
      const numbering = numberingOf(turn, series);
      addTables(turn, numbering, add);
      addEvents(turn, { numbering, newId }, add);
      addJournals(turn, newId, add);
      for (const { commandId, outcome } of turn.answers) {
        add('answer.changed', { id: commandId, result: JSON.stringify(outcome) });
      }
      const customerId = turn.customer.id;
      for (const { meterId, bucket } of turn.accountedStale)
        add('stale.changed', { customerId, meterId, bucket });
    },
    finish: () => {
      for (const row of series.values()) add('series.added', row);
      return new Map([...sets].map(([set, rows]) => [set, rows.finish()]));
    },
  };
}

const NOTHING: object = {};

/** `beside` has what the row does not say itself. */
type Add = (set: RowSet, row: object, beside?: object) => void;

/** Numbers of this turn come after `first` others of their series, and of `year`. */
type Numbering = { first: number; year: number };

function addTables(turn: CustomerTurn, numbering: Numbering, add: Add): void {
  const { customer, changes, block, events } = turn;
  const sequence = customer.sequence + BigInt(events.length);
  add('customer.changed', { ...(changes.customer[0] ?? customer), sequence });
  const whose = { customerId: customer.id };
  for (const [table, type] of TABLE_TYPES) {
    for (const row of changes[table]) {
      const set: RowSet = `${type}.${row.id.includes(block) ? 'added' : 'changed'}`;
      const numbered =
        table === 'invoices' ? numberedAs(turn, (row as Invoice).number, numbering) : undefined;
      add(set, row, numbered === undefined ? whose : { ...whose, ...numbered });
    }
  }
}

type Naming = { numbering: Numbering; newId: (prefix: string) => string };

function addEvents(turn: CustomerTurn, { numbering, newId }: Naming, add: Add): void {
  const { customer, events, now, trace } = turn;
  for (const [index, event] of events.entries()) {
    const data = JSON.stringify(event.data);
    const numbered = numberedAs(turn, data, numbering);
    const beside = {
      id: newId('evt'),
      customerId: customer.id,
      sequence: customer.sequence + BigInt(index + 1),
      occurredAt: now,
      trace,
    };
    add('event.added', { ...event, data, ...numbered }, beside);
  }
}

function addJournals(
  { tenant, customer, journals, now }: CustomerTurn,
  newId: Naming['newId'],
  add: Add,
): void {
  const whose = { legalEntityId: tenant.legalEntityId, customerId: customer.id };
  for (const { kind, source, postings } of journals) {
    const id = newId('jrn');
    add('journal.added', { id, kind, source, postedAt: now }, whose);
    for (const [index, posting] of postings.entries()) {
      add('posting.added', posting, { ...whose, journalId: id, position: index + 1 });
    }
  }
}

/** Where the number goes that this text mentions before it is known. */
function numberedAs(
  { block }: CustomerTurn,
  text: string | null,
  { first, year }: Numbering,
): object | undefined {
  const mark = text === null ? undefined : numberMark(block, text);
  return mark && { placeholder: mark.placeholder, numberPosition: first + mark.position, year };
}

/** Reserves this turn's numbers in the fiscal year's series; a turn issues all its invoices on one day. */
function numberingOf(turn: CustomerTurn, series: Map<string, Series>): Numbering {
  const { block, changes, tenant } = turn;
  const issued = changes.invoices.filter(({ number }) => number !== null && numberMark(block, number));
  const year = Number(issued[0]?.issueDate?.slice(0, 4) ?? 0);
  if (issued.length === 0) return { first: 0, year };
  const entity = tenant.legalEntityId;
  const key = `${entity}|${year}`;
  const current = series.get(key) ?? { entity, year, count: 0 };
  series.set(key, { ...current, count: current.count + issued.length });
  return { first: current.count, year };
}
