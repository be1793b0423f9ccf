// Owns the fan-out of billing events: from the outbox to signed messages, deliveries and mails, in one transaction.
// A crash before its commit leaves the outbox as it was; constraints make a second run harmless.
import { instantText } from '#actors/calendar/time.ts';
import { insertEmails } from '#db/emails.ts';
import { loadMailFacts } from '#db/mail-facts.ts';
import { claimOutbox, deleteOutbox, listeningEndpoints, type OutboxEvent } from '#db/outbox.ts';
import { inSystem, type Sql, type Tx } from '#db/scope.ts';
import { countQueued, insertDeliveries, type NewDelivery } from '#db/webhook-deliveries.ts';
import { insertMessages } from '#db/webhook-messages.ts';
import type { Clock } from '#runtime/clock.ts';
import { type Crossing, straightAcross } from '#runtime/crash-points.ts';
import type { Ids } from '#runtime/ids.ts';
import type { Log } from '#runtime/log.ts';
import type { Bell } from '#runtime/queues/bell.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import { composeEmail, wantsEmail } from './email/compose.ts';
import { envelopeOf, hears } from './envelope.ts';

const EVENTS_PER_BATCH = 100;
/** Deliveries that wait for a disabled endpoint; later ones are only noted, and can be replayed. */
const QUEUED_WHILE_DISABLED_MAX = 10_000;

export type RelayDeps = {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly bell: Bell;
  readonly log: Log;
  /** The address mails come from; undefined: this installation sends none. */
  readonly mailFrom: string | undefined;
  readonly cross?: Crossing;
};

export type Relay = {
  /** Hands on what the outbox holds until it is empty or the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
};

export function createRelay(deps: RelayDeps): Relay {
  const { sql, bell, cross = straightAcross } = deps;
  return {
    async run(signal) {
      let count = EVENTS_PER_BATCH;
      while (count === EVENTS_PER_BATCH && !signal.aborted) {
        const batch = await cross('relay.commit', () => inSystem(sql, (tx) => fanOut(deps, tx)));
        count = batch.count;
        if (batch.rings.length > 0) await cross('relay.ring', () => bell.ring(batch.rings));
      }
    },
  };
}

async function fanOut(deps: RelayDeps, tx: Tx): Promise<{ count: number; rings: Ring[] }> {
  const { cross = straightAcross } = deps;
  const events = await cross('relay.claim', () => claimOutbox(tx, EVENTS_PER_BATCH));
  if (events.length === 0) return { count: 0, rings: [] };
  const now = instantText(deps.clock.wall());
  const deliveries = await planDeliveries(deps, tx, events);
  const told = new Set(deliveries.map((delivery) => delivery.messageId));
  const messages = events
    .filter((event) => told.has(event.id))
    .map((event) => ({
      id: event.id,
      tenantId: event.tenantId,
      eventType: event.type,
      body: envelopeOf(event),
    }));
  await insertMessages(tx, messages, now);
  await cross('relay.deliveries', () => insertDeliveries(tx, deliveries, now));
  const mails = await composeMails(deps, tx, events);
  await cross('relay.mails', () => insertEmails(tx, mails, now));
  const eventIds = events.map((event) => event.id);
  await cross('relay.delete', () => deleteOutbox(tx, eventIds));
  return { count: events.length, rings: ringsFor(deliveries, mails.length > 0) };
}

async function planDeliveries(
  { ids, log }: RelayDeps,
  tx: Tx,
  events: readonly OutboxEvent[],
): Promise<NewDelivery[]> {
  const endpoints = await listeningEndpoints(tx, [...new Set(events.map((event) => event.tenantId))]);
  const deliveries: NewDelivery[] = [];
  for (const endpoint of endpoints) {
    const heard = events.filter(
      (event) => event.tenantId === endpoint.tenantId && hears(endpoint.eventTypes, event.type),
    );
    if (heard.length === 0) continue;
    const queued = endpoint.enabled ? 0 : await countQueued(tx, endpoint.id, QUEUED_WHILE_DISABLED_MAX);
    const room = endpoint.enabled ? heard.length : QUEUED_WHILE_DISABLED_MAX - queued;
    if (room < heard.length) {
      log.warn('queue of a disabled webhook endpoint is full', { endpoint: endpoint.id });
    }
    for (const [position, event] of heard.entries()) {
      deliveries.push({
        id: ids('whd'),
        tenantId: endpoint.tenantId,
        endpointId: endpoint.id,
        messageId: event.id,
        trace: event.trace,
        queued: position < room,
      });
    }
  }
  return deliveries;
}

async function composeMails(deps: RelayDeps, tx: Tx, events: readonly OutboxEvent[]) {
  const { mailFrom, ids, log } = deps;
  if (mailFrom === undefined) return [];
  const wanted = events.filter((event) => wantsEmail(event.type));
  const facts = await loadMailFacts(
    tx,
    wanted.map((event) => event.id),
  );
  return wanted.flatMap((event) => {
    const own = facts.get(event.id);
    const mail = own && composeEmail(event, own, { id: ids('eml'), mailFrom });
    if (mail?.error) log.error('mail not composed', { event: event.id, error: mail.error });
    return mail === undefined ? [] : [mail];
  });
}

function ringsFor(deliveries: readonly NewDelivery[], hasMails: boolean): Ring[] {
  const endpoints = new Map(
    deliveries
      .filter((delivery) => delivery.queued)
      .map((delivery) => [delivery.endpointId, delivery.tenantId]),
  );
  const rings: Ring[] = [...endpoints].map(([key, tenant]) => ({ queue: 'webhook-dispatch', tenant, key }));
  return hasMails ? [...rings, { queue: 'notify', tenant: '*', key: 'mail' }] : rings;
}
