// Owns turning decisions into JSON rows for the one statement that saves a turn: placeholder ids become real ones, document
// numbers become positions in their series.
import type { StaleBucket, TableName } from '#actors/customer-state.ts';
import type { BillingEvent } from '#actors/events/billing-event.ts';
import type { Journal } from '#actors/ledger/journal.ts';
import type { Outcome } from '#actors/rejection.ts';
import type { Customer } from '#actors/state/customer.ts';
import type { TenantTerms } from '#actors/state/tenant-terms.ts';
import type { Changes } from '#actors/workspace/scratch-rows.ts';

/** What one customer's turn decided, as the save takes it. */
export type CustomerTurn = {
  tenant: TenantTerms;
  customer: Customer;
  changes: Changes;
  events: readonly BillingEvent[];
  journals: readonly Journal[];
  accountedStale: readonly StaleBucket[];
  collectInvoiceIds: readonly string[];
  answers: readonly { commandId: string; outcome: Outcome }[];
  /** Business time of the turn, RFC 3339. */
  now: string;
  trace: string | null;
};

export type SavedTable =
  | Exclude<TableName, 'customer'>
  | 'customers'
  | 'events'
  | 'journals'
  | 'postings'
  | 'answers'
  | 'stale'
  | 'series';

/** JSON array text by table; a table without rows is absent. */
export type TurnRows = ReadonlyMap<SavedTable, string>;

type Series = { entity: string; year: number; count: number };

/** What a document number looks like until the save puts it in. */
export const numberPlaceholder = (tag: string): string => `~${tag}.number~`;

/** Renders the turns of customers of one tenant that share a tag. `newId` makes an id for a prefix. */
export function turnRows(
  turns: readonly CustomerTurn[],
  tag: string,
  newId: (prefix: string) => string,
): { rows: TurnRows; invoicesToCollect: readonly string[] } {
  const rows = new Map<SavedTable, string[]>();
  const series = new Map<string, Series>();
  const invoicesToCollect: string[] = [];
  for (const turn of turns) {
    const base = numberBase(turn, series);
    const ids = new Map<string, string>();
    const render = renderer({ tag, base, ids, newId });
    for (const [table, row] of turnObjects(turn, newId)) push(rows, table, render(row));
    invoicesToCollect.push(...turn.collectInvoiceIds.map((id) => ids.get(id) ?? id));
  }
  for (const entry of series.values()) push(rows, 'series', JSON.stringify(entry));
  return {
    rows: new Map([...rows].map(([table, texts]) => [table, `[${texts.join(',')}]`])),
    invoicesToCollect,
  };
}

type NumberBase = { first: number; year: number };

type Rendering = {
  tag: string;
  base: NumberBase;
  /** Real ids by placeholder. */
  ids: Map<string, string>;
  newId: (prefix: string) => string;
};

function renderer({ tag, base, ids, newId }: Rendering): (row: object) => string {
  const placeholder = new RegExp(`~${tag}\\.([a-z]+)\\.(\\d+)~`, 'g');
  return (row) => {
    let position: number | null = null;
    const text = JSON.stringify(withBigintText(row)).replace(
      placeholder,
      (whole, prefix: string, index: string) => {
        if (prefix === 'number') {
          position = base.first + Number(index);
          return numberPlaceholder(tag);
        }
        const known = ids.get(whole) ?? newId(prefix);
        ids.set(whole, known);
        return known;
      },
    );
    return position === null
      ? text
      : `${text.slice(0, -1)},"numberPosition":${String(position)},"year":${base.year}}`;
  };
}

/** All rows of one customer's turn, in the order they are written. */
function* turnObjects(
  turn: CustomerTurn,
  newId: (prefix: string) => string,
): Generator<[SavedTable, object]> {
  const { customer, changes, events, now, trace } = turn;
  yield [
    'customers',
    { ...(changes.customer[0] ?? customer), sequence: customer.sequence + BigInt(events.length) },
  ];
  const { customer: _, ...tables } = changes;
  for (const [table, changed] of Object.entries(tables)) {
    for (const row of changed) yield [table as SavedTable, { ...row, customerId: customer.id }];
  }
  for (const [index, event] of events.entries()) {
    const { data, previous, ...rest } = event;
    const sequence = customer.sequence + BigInt(index + 1);
    const texts = {
      data: JSON.stringify(data),
      previous: previous === undefined ? null : JSON.stringify(previous),
    };
    yield [
      'events',
      { ...rest, ...texts, id: newId('evt'), customerId: customer.id, sequence, occurredAt: now, trace },
    ];
  }
  for (const journal of turn.journals) {
    const id = newId('jrn');
    const { legalEntityId } = turn.tenant;
    yield [
      'journals',
      {
        id,
        legalEntityId,
        customerId: customer.id,
        kind: journal.kind,
        source: journal.source,
        postedAt: now,
      },
    ];
    for (const [index, posting] of journal.postings.entries()) {
      yield [
        'postings',
        { ...posting, journalId: id, position: index + 1, legalEntityId, customerId: customer.id },
      ];
    }
  }
  for (const { commandId, outcome } of turn.answers)
    yield ['answers', { id: commandId, result: JSON.stringify(outcome) }];
  for (const stale of turn.accountedStale) yield ['stale', { ...stale, customerId: customer.id }];
}

/** Reserves this turn's numbers in the fiscal year's series; a turn issues all its invoices on one day. */
function numberBase(turn: CustomerTurn, series: Map<string, Series>): NumberBase {
  const issued = turn.changes.invoices.filter((invoice) => invoice.number?.startsWith('~'));
  const year = Number(issued[0]?.issueDate?.slice(0, 4) ?? 0);
  if (issued.length === 0) return { first: 0, year };
  const entity = turn.tenant.legalEntityId;
  const key = `${entity}|${year}`;
  const current = series.get(key) ?? { entity, year, count: 0 };
  series.set(key, { ...current, count: current.count + issued.length });
  return { first: current.count, year };
}

/** Minor units as text. A replacer would do, at three times the cost of the whole rendering. */
function withBigintText(row: object): object {
  const plain: Record<string, unknown> = { ...row };
  for (const key in plain) if (typeof plain[key] === 'bigint') plain[key] = String(plain[key]);
  return plain;
}

function push(rows: Map<SavedTable, string[]>, table: SavedTable, text: string): void {
  const texts = rows.get(table);
  if (texts === undefined) rows.set(table, [text]);
  else texts.push(text);
}
