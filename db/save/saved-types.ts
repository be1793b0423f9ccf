// Owns the rows of a save as Postgres takes them: composite types of our own, written as text. JSON took twice the time to
// read, because it is parsed once to be checked and once more for its values (measured).

/** Attributes of each composite type `saved_…` in its order, by the name of the property that holds the value. */
export const SAVED_TYPES = {
  customer: ['id', 'sequence', 'dueAt', 'closedThrough', 'parkedAt', 'parkedReason'],
  payment_method: ['id', 'customerId', 'gateway', 'token', 'brand', 'last4', 'isDefault', 'createdAt'],
  subscription: [
    ...['id', 'customerId', 'planVersionId', 'status', 'currency', 'zone', 'interval', 'intervalCount', 'anchorAt'],
    ...['periodIndex', 'periodStart', 'periodEnd', 'cancelAt', 'endedAt', 'followsPlan', 'nextPlanVersionId'],
    'createdAt',
  ],
  agreed_price: ['id', 'customerId', 'parentPriceId', 'price'],
  item: ['id', 'customerId', 'subscriptionId', 'position'],
  item_version: [
    ...['id', 'customerId', 'itemId', 'priceId', 'meterId', 'quantity', 'usageScope', 'effectiveFrom', 'effectiveTo'],
  ],
  charge: [
    ...['id', 'customerId', 'subscriptionId', 'itemId', 'origin', 'kind', 'settlementMode', 'status', 'revision'],
    ...['currency', 'priceId', 'meterId', 'scopeId', 'quantity', 'rating', 'serviceStart', 'serviceEnd', 'billedAt'],
    ...['cutoffAt', 'advanceAt', 'lateCheckAt', 'sealedAt', 'bookedAmount', 'bookedQuantity', 'runCount'],
    ...['parkedAt', 'parkedReason', 'createdAt'],
  ],
  run: [
    ...['id', 'customerId', 'chargeId', 'number', 'kind', 'status', 'periodEnd', 'cutoffAt', 'quantity', 'eventCount'],
    ...['listAmount', 'bookedAmount', 'explanation', 'lineId', 'disposition', 'createdAt', 'completedAt'],
  ],
  invoice: [
    ...['id', 'customerId', 'legalEntityId', 'kind', 'groupKey', 'boundaryAt', 'currency', 'status', 'number'],
    ...['numberPosition', 'year', 'collectionMethod', 'finalizeAt', 'issuedAt', 'issueDate', 'dueAt', 'subtotal'],
    ...['tax', 'total', 'amountPaid', 'nextAttemptAt', 'declineCount', 'paidAt', 'createdAt'],
  ],
  line: [
    ...['id', 'customerId', 'invoiceId', 'position', 'kind', 'description', 'subscriptionId', 'chargeId', 'runId'],
    ...['component', 'priceId', 'quantity', 'unitAmount', 'amount', 'currency', 'serviceStart', 'serviceEnd'],
    ...['frozen', 'createdAt'],
  ],
  attempt: [
    ...['id', 'customerId', 'invoiceId', 'number', 'status', 'amount', 'currency', 'gateway', 'paymentMethodId'],
    ...['token', 'providerKey', 'providerReference', 'declineCode', 'declineMessage', 'epoch', 'nextCallAt'],
    ...['createdAt', 'settledAt'],
  ],
  payment: ['id', 'customerId', 'gateway', 'reference', 'attemptId', 'amount', 'currency', 'receivedAt'],
  allocation: ['id', 'customerId', 'paymentId', 'invoiceId', 'amount', 'createdAt'],
  journal: ['id', 'legalEntityId', 'customerId', 'kind', 'source', 'postedAt'],
  posting: [
    ...['journalId', 'position', 'legalEntityId', 'customerId', 'account', 'amount', 'currency', 'invoiceId'],
    ...['lineId', 'serviceStart', 'serviceEnd'],
  ],
  event: [
    ...['id', 'customerId', 'sequence', 'type', 'objectType', 'objectId', 'data', 'previous', 'occurredAt', 'trace'],
    ...['placeholder', 'numberPosition', 'year'],
  ],
  answer: ['id', 'result'],
  stale: ['customerId', 'meterId', 'bucket'],
  series: ['entity', 'year', 'count'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type SavedType = keyof typeof SAVED_TYPES;

const NEEDS_QUOTES = /[\s"\\(),]|^$/;

/** An array literal of rows of a composite type: what `$1::saved_charge[]` reads. Absent properties are null. */
export function rowsText(type: SavedType, rows: readonly object[]): string {
  const names: readonly string[] = SAVED_TYPES[type];
  let text = '{';
  for (const row of rows) {
    text += text.length === 1 ? '"(' : ',"(';
    for (const [index, name] of names.entries()) {
      if (index > 0) text += ',';
      text += fieldText((row as Readonly<Record<string, unknown>>)[name]);
    }
    text += ')"';
  }
  return `${text}}`;
}

/** One attribute inside a row inside an array: quoted twice. */
function fieldText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return NEEDS_QUOTES.test(value) ? quoted(value) : value;
  if (typeof value === 'object') {
    return value instanceof Temporal.Instant ? value.toString() : quoted(JSON.stringify(value));
  }
  return String(value as number | bigint | boolean);
}

function quoted(text: string): string {
  return `\\"${text.replaceAll('\\', '\\\\\\\\').replaceAll('"', '\\"\\"')}\\"`;
}
