// Owns usage_event.amend and usage_event.retract: the event, its trail, its facts and rollups, in one transaction.
import { decideCorrection } from '#actors/decisions/correct-usage.ts';
import { type Rejection, reject } from '#actors/rejection.ts';
import type { Meter } from '#actors/usage/meter.ts';
import { loadMeters } from '#db/usage-catalog.ts';
import {
  type CorrectedEvent,
  clockTimeOf,
  lockEvent,
  type Version,
  writeCorrection,
} from '#db/usage-correction.ts';
import { replaceFacts, type WantedFact } from '#db/usage-replace.ts';
import { isSealed } from '#db/usage-sealed.ts';
import { findCustomerId } from '#db/views/customers.ts';
import type { CommandPayload } from '#runtime/commands/registry.ts';
import { canonicalProperties } from '#runtime/ingest/canonical-properties.ts';
import { EVENT_TIME_MIN } from '#runtime/ingest/event-time.ts';
import { latestTime } from '#runtime/ingest/horizon.ts';
import { pointerStep } from '#runtime/ingest/usage-problem.ts';
import { storedProperties, wantedFacts } from '#runtime/usage/wanted-facts.ts';
import { type Applied, done, type TenantContext } from './context.ts';

type Named = CommandPayload<'usage_event.retract'>;
type Wish = {
  readonly kind: 'amend' | 'retract';
  readonly time: string | undefined;
  readonly properties: Readonly<Record<string, unknown>> | undefined;
};

export function retractUsage(context: TenantContext, payload: Named): Promise<Applied> {
  return correct(context, payload, { kind: 'retract', time: undefined, properties: undefined });
}

export function amendUsage(
  context: TenantContext,
  payload: CommandPayload<'usage_event.amend'>,
): Promise<Applied> {
  return correct(context, payload, { kind: 'amend', time: payload.time, properties: payload.properties });
}

async function correct(context: TenantContext, named: Named, wish: Wish): Promise<Applied> {
  const { tx, tenant, now } = context;
  const customerId = await findCustomerId(tx, tenant.id, named.customer);
  if (customerId === undefined) {
    return { outcome: reject('not_found', `there is no customer ${named.customer}`, '/customer') };
  }
  const given = wish.properties && canonicalProperties(wish.properties, '/properties');
  if (typeof given === 'object') return { outcome: reject('invalid_payload', given.message, given.pointer) };
  const { source, id, at } = named;
  const event = await lockEvent(tx, tenant.id, { customerId, source, id, at });
  const bounds = {
    earliest: EVENT_TIME_MIN,
    latest: latestTime(now, await clockTimeOf(tx, tenant.id, customerId)),
  };
  const decision = decideCorrection({ ...wish, properties: given }, event, bounds);
  if (!decision.ok) return { outcome: decision };
  if (event === undefined) throw new Error('an event that does not exist was corrected');

  const meters = (await loadMeters(tx, tenant.id)).meters as readonly Meter[];
  const after = {
    time: decision.time,
    properties: given ?? event.properties,
    isRetracted: wish.kind === 'retract',
  };
  const facts = factsAfter(event, after, meters);
  if ('code' in facts) return { outcome: facts };
  return apply(context, named, { kind: wish.kind, event, after, facts, meters });
}

/** What the meters of its type make of the event, or what one of them cannot read. */
function factsAfter(
  event: CorrectedEvent,
  after: Version,
  meters: readonly Meter[],
): readonly WantedFact[] | Rejection {
  if (after.isRetracted) return [];
  const readers = meters.filter(({ eventType }) => eventType === event.type);
  const { facts, problems } = wantedFacts(event.ref, storedProperties(after.properties), readers);
  const [problem] = problems;
  if (problem === undefined) return facts;
  return reject('invalid_payload', problem.message, `/properties${pointerStep(problem.property)}`);
}

type Applying = {
  readonly kind: Wish['kind'];
  readonly event: CorrectedEvent;
  readonly after: Version;
  readonly facts: readonly WantedFact[];
  readonly meters: readonly Meter[];
};

async function apply(
  context: TenantContext,
  named: Named,
  { kind, event, after, facts, meters }: Applying,
): Promise<Applied> {
  const { tx, tenant, nowText: createdAt, commandId, sentBy } = context;
  const meterIds = meters.map((meter) => meter.id);
  const { customerId, ref } = event;
  const movedTo = after.time === event.time ? {} : { movedTo: after.time };
  const common = { tenantId: tenant.id, refs: [ref], meters: meterIds };
  const { places } = await replaceFacts(tx, { ...common, wanted: facts, at: createdAt, ...movedTo });
  const correction = { id: context.ids('cor'), kind, reason: named.reason, commandId, sentBy, createdAt };
  await writeCorrection(tx, { ...correction, tenantId: tenant.id }, { event, after });
  const sealed = await isSealed(tx, places);
  const { source, id: eventId } = named;
  const answer = done({ ...correction, customerId, source, eventId, ref, billed: !sealed });
  return { ...answer, rings: [{ queue: 'advance', tenant: tenant.id, key: customerId }] };
}
