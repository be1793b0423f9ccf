// Owns sending the trace as usage events: in batches, some of them twice and at the same moment, as retrying senders do.
import { customerName, EVENT_TYPE, type Shop } from './shop.ts';
import { customerOf, type TraceRow } from './trace.ts';

const BATCH_EVENTS = 100;
/** Every tenth batch is sent twice. */
const TWICE_EVERY = 10;
const SENDERS = 4;

export type Sent = {
  /** Events in requests, those sent twice counted twice. */
  readonly sent: number;
  readonly batches: number;
  readonly batchesTwice: number;
  /** As the API answered. */
  readonly created: number;
  readonly duplicate: number;
};

type Counted = {
  readonly counts: { readonly created: number; readonly duplicate: number; readonly conflict: number };
};

/** Sends rows in batches of 100, four requests at a time. Throws when an event is anything but created or a duplicate. */
export async function sendUsage(
  { api }: Shop,
  rows: readonly TraceRow[],
  progress: (done: number, total: number) => void,
): Promise<Sent> {
  const waiting = cut(rows).flatMap((batch, index) => (index % TWICE_EVERY === 0 ? [batch, batch] : [batch]));
  const batches = Math.ceil(rows.length / BATCH_EVENTS);
  const events = waiting.reduce((sum, batch) => sum + batch.length, 0);
  const total = { sent: 0, batches, batchesTwice: waiting.length - batches, created: 0, duplicate: 0 };

  const work = async (): Promise<void> => {
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
      const { counts } = await api.post<Counted>('/usage/events', { events: batch.map(toEvent) });
      if (counts.created + counts.duplicate !== batch.length) {
        throw new Error(`${batch.length} events came to ${JSON.stringify(counts)}`);
      }
      total.sent += batch.length;
      total.created += counts.created;
      total.duplicate += counts.duplicate;
      progress(total.sent, events);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, work));
  return total;
}

/** The late rows in one batch. */
export async function sendLate({ api }: Shop, rows: readonly TraceRow[]): Promise<Sent> {
  const { counts } = await api.post<Counted>('/usage/events', { events: rows.map(toEvent) });
  const { created, duplicate } = counts;
  return { sent: rows.length, batches: 1, batchesTwice: 0, created, duplicate };
}

function cut(rows: readonly TraceRow[]): TraceRow[][] {
  const starts = Array.from(
    { length: Math.ceil(rows.length / BATCH_EVENTS) },
    (_, index) => index * BATCH_EVENTS,
  );
  return starts.map((start) => rows.slice(start, start + BATCH_EVENTS));
}

function toEvent(row: TraceRow) {
  return {
    id: `request-${row.index}`,
    source: 'azure-llm-code',
    type: EVENT_TYPE,
    customer: customerName(customerOf(row)),
    time: row.time,
    properties: { input_tokens: row.inputTokens, output_tokens: row.outputTokens },
  };
}
