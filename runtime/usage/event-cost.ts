// Owns what one stored event cost at its place: what the price makes of the usage up to it, with it and without it.

import { z } from 'zod';
import { compareInstants } from '#actors/calendar/instants.ts';
import { instantText } from '#actors/calendar/time.ts';
import { type Dec, printDecimal } from '#actors/money/decimal.ts';
import type { RatedUsage } from '#actors/pricing/rate-usage.ts';
import { inCurrency } from '#actors/pricing/rating-context.ts';
import { type RatingStep, stepText } from '#actors/pricing/rating-step.ts';
import { type Rejection, reject } from '#actors/rejection.ts';
import { levelOf } from '#actors/usage/meter-settings.ts';
import type { Sql, Tx } from '#db/scope.ts';
import { loadMeterReadings, type MeterReading } from '#db/usage-reading.ts';
import { findCustomerId } from '#db/views/customers.ts';
import { readTenant } from '#db/views/read-tenant.ts';
import { listPricedCharges, type PricedCharge } from '#db/views/usage-charges.ts';
import { listUsageEvents, type UsageEventView, type UsageFactView } from '#db/views/usage-events.ts';
import { text } from '#runtime/commands/fields.ts';
import { name } from './fields.ts';
import { type Position, rateAround } from './rated-positions.ts';

export const usageEventCost = z.strictObject({
  customer: name,
  /** Your id of the event. */
  id: text(255),
  source: z.string().max(255).default(''),
});

export type EventCostRequest = z.input<typeof usageEventCost>;

export type EventPart = {
  readonly meterId: string;
  /** What the meter made of the event. */
  readonly value: string;
  /**
   * Why it has no cost: `no_charge` covers it; a `level` costs by the time it is held; the period depends on an earlier one
   * that is `not_rated` yet. Null: it has one.
   */
  readonly without: 'no_charge' | 'level' | 'not_rated' | null;
  readonly cost: EventCost | null;
};

export type EventCost = {
  readonly chargeId: string;
  readonly priceId: string;
  readonly priceKey: string;
  readonly servicePeriod: { readonly start: string; readonly end: string };
  /** Cumulative in the period, right before the event and right after it. */
  readonly quantityBefore: string;
  readonly quantityAfter: string;
  readonly currency: string;
  /** Major units: what it adds to the unrounded amount of the charge model. */
  readonly exact: string;
  /** Minor units: what it adds to the rounded amount with all terms. */
  readonly amount: string;
  /** Steps of the rating that are other with the event than without it, such as its tier. */
  readonly steps: readonly RatingStep[];
  readonly text: readonly string[];
};

export type EventCosts = Pick<
  UsageEventView,
  'ref' | 'id' | 'source' | 'type' | 'customerId' | 'time' | 'retractedAt'
> & {
  readonly parts: readonly EventPart[];
};

export async function costOfEvent(
  sql: Sql,
  tenantId: string,
  asked: z.output<typeof usageEventCost>,
): Promise<{ ok: true; data: EventCosts } | Rejection> {
  return readTenant(sql, tenantId, async (tx) => {
    const customerId = await findCustomerId(tx, tenantId, asked.customer);
    if (customerId === undefined)
      return reject('not_found', `there is no customer ${asked.customer}`, '/customer');
    const everything = {
      type: undefined,
      meterId: undefined,
      from: undefined,
      to: undefined,
      unmatched: undefined,
    };
    const { id: eventId, source } = asked;
    const named = { ...everything, customers: [customerId], eventId, source, limit: 1, after: undefined };
    const [event] = await listUsageEvents(tx, tenantId, named);
    if (event === undefined) return reject('event_not_found', `there is no event ${eventId}`, '/id');
    const { ref, id, type, time, retractedAt } = event;
    const parts = await partsOf(tx, tenantId, event);
    return { ok: true, data: { ref, id, source, type, customerId, time, retractedAt, parts } };
  });
}

async function partsOf(tx: Tx, tenantId: string, event: UsageEventView): Promise<EventPart[]> {
  const { customerId, time: from, facts } = event;
  const meterIds = facts.map(({ meterId }) => meterId);
  const to = instantText(Temporal.Instant.from(from).add({ microseconds: 1 }));
  const charges = await listPricedCharges(tx, tenantId, { customerId, meterIds, from, to });
  const meters = await loadMeterReadings(tx, tenantId, meterIds);
  const parts: EventPart[] = [];
  for (const fact of facts) {
    const covering = charges.filter((one) => covers(one, fact, Temporal.Instant.from(from)));
    parts.push(await partOf(tx, tenantId, { event, fact, covering, meter: meters.get(fact.meterId) }));
  }
  return parts;
}

function covers(charge: PricedCharge, fact: UsageFactView, at: Temporal.Instant): boolean {
  return (
    charge.meterId === fact.meterId &&
    charge.scopeId === fact.scopeId &&
    compareInstants(charge.serviceStart, at) <= 0 &&
    compareInstants(at, charge.serviceEnd) < 0
  );
}

type Part = {
  readonly event: UsageEventView;
  readonly fact: UsageFactView;
  /** Of several, each counting its part of the meter, at most one counts the event. */
  readonly covering: readonly PricedCharge[];
  readonly meter: MeterReading | undefined;
};

async function partOf(tx: Tx, tenantId: string, { event, fact, covering, meter }: Part): Promise<EventPart> {
  const { meterId, value } = fact;
  const without = (why: EventPart['without']): EventPart => ({ meterId, value, without: why, cost: null });
  if (meter === undefined || levelOf(meter) !== undefined) return without('level');
  const at = { at: Temporal.Instant.from(event.time), ref: event.ref };
  for (const charge of covering) {
    const around = await rateAround(tx, tenantId, { charge, event: at });
    if (around === undefined) return without('not_rated');
    const counts = around.after.eventCount > around.before.eventCount;
    if (counts) return { meterId, value, without: null, cost: costOf(charge, around) };
  }
  return without('no_charge');
}

function costOf(
  charge: PricedCharge,
  { before, after }: { readonly before: Position; readonly after: Position },
): EventCost {
  const steps = newSteps(before.rated, after.rated);
  return {
    chargeId: charge.id,
    priceId: charge.priceId,
    priceKey: charge.priceKey,
    servicePeriod: { start: instantText(charge.serviceStart), end: instantText(charge.serviceEnd) },
    quantityBefore: before.quantity,
    quantityAfter: after.quantity,
    currency: charge.currency,
    exact: printDecimal(inMajor(after.rated).minus(inMajor(before.rated))),
    amount: String(after.rated.amount - before.rated.amount),
    steps,
    text: steps.map((step) => stepText(step, after.rated.context.unit?.key ?? charge.currency)),
  };
}

function inMajor({ exact, context }: RatedUsage): Dec {
  return inCurrency(exact, context);
}

function newSteps(before: RatedUsage, after: RatedUsage): RatingStep[] {
  const known = new Set(before.steps.map((step) => JSON.stringify(step)));
  return after.steps.filter((step) => !known.has(JSON.stringify(step)));
}
