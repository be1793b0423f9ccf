// Owns which writer saves the rows of which type, in the order of the statement, and what each reads of a row.
import {
  agreedPriceWriter,
  customerWriter,
  itemVersionWriter,
  itemWriter,
  paymentMethodWriter,
  subscriptionWriter,
  type Writer,
} from './agreement-writes.ts';
import { chargeWriter, invoiceWriter, lineWriter, runWriter } from './billing-writes.ts';
import { answerWriter, eventWriter, staleWriter } from './event-writes.ts';
import {
  allocationWriter,
  attemptWriter,
  journalWriter,
  paymentWriter,
  postingWriter,
} from './money-writes.ts';
import type { SavedType } from './saved-types.ts';

export type RowSet = `${SavedType}.${'added' | 'changed'}`;

/**
 * Of two parts the one written later runs first. So of one table what changed goes before what is new, because a new charge may
 * take the place of one that is closed here, and what waits for a document's number goes last, because its counter is the
 * tenant's: from there to the commit no other turn of the tenant can number anything.
 */
const WRITERS: Readonly<Record<Exclude<SavedType, 'series'>, Writer>> = {
  event: eventWriter,
  invoice: invoiceWriter,
  customer: customerWriter,
  payment_method: paymentMethodWriter,
  subscription: subscriptionWriter,
  agreed_price: agreedPriceWriter,
  item: itemWriter,
  item_version: itemVersionWriter,
  charge: chargeWriter,
  run: runWriter,
  line: lineWriter,
  attempt: attemptWriter,
  payment: paymentWriter,
  allocation: allocationWriter,
  journal: journalWriter,
  posting: postingWriter,
  answer: answerWriter,
  stale: staleWriter,
};

/** All sets of rows that there may be but the series, in the order in which they are written. */
export const WRITTEN_SETS: readonly RowSet[] = (Object.keys(WRITERS) as (keyof typeof WRITERS)[]).flatMap(
  (type) => [`${type}.added`, `${type}.changed`] as const,
);

export const typeOf = (set: RowSet): SavedType => set.slice(0, set.indexOf('.')) as SavedType;

/** How rows of the set are written. Throws for a set that no turn makes. */
export function writerOf(set: RowSet): NonNullable<Writer['added']> {
  const [type, kind] = set.split('.') as [keyof typeof WRITERS, 'added' | 'changed'];
  const write = WRITERS[type][kind];
  if (write === undefined) throw new Error(`rows of ${type} are never ${kind} by a turn`);
  return write;
}

/** What a document's number is worked out from, where there is one. */
const NUMBER = 'r.year r.number_position';

/** Written before all others, by the statement itself. */
const SERIES: ReadonlySet<string> = new Set(['entity', 'year', 'count']);

const read = new Map<RowSet, ReadonlySet<string>>();

/** The columns of the set's composite type that its writer reads: the rest need not be sent. */
export function columnsRead(set: RowSet): ReadonlySet<string> {
  if (set === 'series.added') return SERIES;
  let columns = read.get(set);
  if (columns === undefined) {
    const text = writerOf(set)({ from: '', tenant: '', wall: '', number: NUMBER });
    columns = new Set([...text.matchAll(/\br\.(\w+)/g)].map(([, column = '']) => column));
    read.set(set, columns);
  }
  return columns;
}
