// Owns the rows of a save as Postgres takes them: composite types of our own, written as text. JSON took twice the time to
// read, because it is parsed once to be checked and once more for its values (measured).
import { shortText } from '#actors/calendar/instants.ts';

const words = (text: string): readonly string[] => text.split(/\s+/);

/** Attributes of each composite type `saved_…` in its order, by the name of the property that holds the value. */
export const SAVED_TYPES = {
  customer: words('id sequence dueAt closedThrough parkedAt parkedReason'),
  payment_method: words('id customerId gateway token brand last4 isDefault createdAt'),
  subscription:
    words(`id customerId planVersionId status currency zone interval intervalCount anchorAt periodIndex
    periodStart periodEnd cancelAt endedAt followsPlan nextPlanVersionId createdAt`),
  agreed_price: words('id customerId parentPriceId price'),
  item: words('id customerId subscriptionId position'),
  item_version:
    words(`id customerId itemId priceId meterId quantity usageScope effectiveFrom effectiveTo usageGroup
    subscriptionId`),
  charge:
    words(`id customerId subscriptionId itemId origin kind settlementMode status revision currency priceId
    meterId scopeId quantity rating serviceStart serviceEnd billedAt cutoffAt advanceAt lateCheckAt
    sealedAt bookedAmount bookedQuantity runCount parkedAt parkedReason createdAt`),
  run: words(`id customerId chargeId number kind status periodEnd cutoffAt quantity eventCount listAmount
    bookedAmount explanation lineId disposition createdAt completedAt`),
  invoice:
    words(`id customerId legalEntityId kind groupKey boundaryAt currency status number numberPosition year
    collectionMethod finalizeAt issuedAt issueDate dueAt subtotal tax total amountPaid
    nextAttemptAt declineCount paidAt createdAt`),
  line: words(`id customerId invoiceId position kind description subscriptionId chargeId runId component
    priceId quantity unitAmount amount currency serviceStart serviceEnd frozen createdAt`),
  attempt:
    words(`id customerId invoiceId number status amount currency gateway paymentMethodId token providerKey
    providerReference declineCode declineMessage epoch nextCallAt createdAt settledAt`),
  payment: words('id customerId gateway reference attemptId amount currency receivedAt'),
  allocation: words('id customerId paymentId invoiceId amount createdAt'),
  journal: words('id legalEntityId customerId kind source postedAt'),
  posting: words(`journalId position legalEntityId customerId account amount currency invoiceId lineId
    serviceStart serviceEnd`),
  event: words(`id customerId sequence type objectType objectId data previous occurredAt trace placeholder
    numberPosition year`),
  answer: words('id result'),
  stale: words('customerId meterId bucket'),
  series: words('entity year count'),
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type SavedType = keyof typeof SAVED_TYPES;

const NEEDS_QUOTES = /[\s"\\(),]/;

/** A row to write; what it lacks is `beside` it. */
export type Entry = { readonly row: object; readonly beside: object };

/** The attributes of a type that are sent, each in its place; undefined for one that nobody reads. */
export type SentNames = readonly (string | undefined)[];

/** An array literal of rows of a composite type: what `$1::saved_charge[]` reads. Absent properties are null. */
export function rowsText(
  type: SavedType,
  rows: readonly Entry[],
  names: SentNames = SAVED_TYPES[type],
): string {
  let text = '{';
  for (const { row, beside } of rows) {
    text += text.length === 1 ? '"(' : ',"(';
    for (let index = 0; index < names.length; index += 1) {
      if (index > 0) text += ',';
      const name = names[index];
      if (name === undefined) continue;
      const value = (row as Readonly<Record<string, unknown>>)[name];
      text += fieldText(value === undefined ? (beside as Readonly<Record<string, unknown>>)[name] : value);
    }
    text += ')"';
  }
  return `${text}}`;
}

/** One attribute inside a row inside an array: quoted twice. */
function fieldText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value === '' || NEEDS_QUOTES.test(value) ? quoted(value) : value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value);
  return value instanceof Temporal.Instant ? shortText(value) : quoted(JSON.stringify(value));
}

/** JSON is full of quotes: a pattern replaces many of them in one go, a text each for itself (measured: a third of the time). */
function quoted(text: string): string {
  return `\\"${text.replaceAll('\\', '\\\\\\\\').replaceAll(/"/g, '\\"\\"')}\\"`;
}
