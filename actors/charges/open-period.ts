// Owns which charges a subscription's period brings: one per item version in force at its start (ruling R12).
import { laterOf } from '#actors/calendar/instants.ts';
import { frameOf } from '#actors/charges/rating-frame.ts';
import type { Charge, ChargeBase } from '#actors/state/charge.ts';
import type { Price } from '#actors/state/plan.ts';
import type { ItemVersion, Subscription } from '#actors/state/subscription.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Creates the charges of the subscription's current period. The unique charge identity makes a repeat a refusal. */
export function openPeriod(work: Workspace, subscription: Subscription): void {
  const versions = work
    .all('itemVersions')
    .filter((version) => version.subscriptionId === subscription.id && version.effectiveTo === null);
  for (const version of versions) {
    const price = work.price(version.priceId);
    const sharers = versions
      .filter((other) => other !== version && other.meterId === version.meterId && other.meterId !== null)
      .map((other) => work.price(other.priceId));
    work.put('charges', newCharge(work, subscription, { version, price, sharers }));
  }
}

type Held = { version: ItemVersion; price: Price; sharers: readonly Price[] };

function isPlainFee({ meterId, priceUnit }: Price): boolean {
  return meterId === null && priceUnit === undefined;
}

function newCharge(work: Workspace, subscription: Subscription, { version, price, sharers }: Held): Charge {
  const { periodStart, periodEnd } = subscription;
  const inAdvance = price.cadence === 'in_advance';
  // A backdated start bills its elapsed periods on one invoice issued now (ruling R24).
  const billedAt = laterOf(inAdvance ? periodStart : periodEnd, subscription.createdAt);
  const base: ChargeBase = {
    id: work.mint('chg'),
    subscriptionId: subscription.id,
    itemId: version.itemId,
    origin: version.id,
    settlementMode: 'credit_then_invoice',
    revision: 0,
    currency: subscription.currency,
    priceId: price.id,
    meterId: price.meterId,
    scopeId: version.usageScope === 'subscription' ? subscription.id : '',
    quantity: price.meterId === null ? version.quantity : null,
    rating: isPlainFee(price) ? null : frameOf(price, { subscription, version, sharers }),
    serviceStart: periodStart,
    serviceEnd: periodEnd,
    billedAt,
    cutoffAt: null,
    advanceAt: price.meterId === null ? billedAt : periodStart,
    lateCheckAt: null,
    sealedAt: null,
    bookedAmount: 0n,
    bookedQuantity: '0',
    runCount: 0,
    parkedAt: null,
    parkedReason: null,
    createdAt: work.now,
  };
  if (price.meterId === null) return { ...base, kind: 'flat_fee', status: 'created' };
  return { ...base, kind: 'usage_based', status: 'created', meterId: price.meterId };
}
