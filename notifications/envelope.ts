// Owns what a receiver of a billing event gets to read: the envelope, and the filter of event types.
import { instantText, wallTime } from '#actors/calendar/time.ts';
import type { OutboxEvent } from '#db/outbox.ts';

/** Receivers and their proxies often refuse more (Standard Webhooks recommends less than 20 kB). */
const BODY_BYTES_MAX = 20 * 1024;

/**
 * The JSON text of an event. An event too large for one message comes `thin`: its data then names the object only, to
 * be read over the API.
 */
export function envelopeOf(event: OutboxEvent): string {
  const whole = envelopeText(event, event.data, event.previous);
  if (Buffer.byteLength(whole) <= BODY_BYTES_MAX) return whole;
  const thin = JSON.stringify({ id: event.objectId, objectType: event.objectType, thin: true });
  return envelopeText(event, thin, null);
}

/** `data` and `previous` are JSON already and are put in as they are, so no number passes through a float. */
function envelopeText(event: OutboxEvent, data: string, previous: string | null): string {
  const head = JSON.stringify({
    id: event.id,
    type: event.type,
    timestamp: instantText(wallTime(event.occurredAt)),
    tenantId: event.tenantId,
    customerId: event.customerId,
    sequence: event.sequence === null ? null : Number(event.sequence),
  });
  const tail = previous === null ? '' : `,"previousData":${previous}`;
  return `${head.slice(0, -1)},"data":${data}${tail}}`;
}

/** Whether an endpoint with this filter hears of `type`: no filter or `*` is all, `billing.invoice.*` is all of a noun. */
export function hears(eventTypes: readonly string[], type: string): boolean {
  if (eventTypes.length === 0) return true;
  return eventTypes.some(
    (wanted) =>
      wanted === '*' || wanted === type || (wanted.endsWith('.*') && type.startsWith(wanted.slice(0, -1))),
  );
}
