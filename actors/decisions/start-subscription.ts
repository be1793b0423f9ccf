// Owns starting a subscription: plan version and prices as they are today, one item per price, the anchor from its start.
import { boundary } from '#actors/calendar/billing-cycle.ts';
import { compareInstants } from '#actors/calendar/instants.ts';
import { openPeriod } from '#actors/charges/open-period.ts';
import { subscriptionSnapshot } from '#actors/events/snapshots.ts';
import type { CreateSubscription } from '#actors/message.ts';
import { type Currency, parseCurrency } from '#actors/money/currency.ts';
import { parseDecimal } from '#actors/money/decimal.ts';
import { type Outcome, type Rejection, reject } from '#actors/rejection.ts';
import { type PlanVersion, type Price, pricesIn } from '#actors/state/plan.ts';
import type { Instant } from '#actors/state/scalars.ts';
import type { Subscription } from '#actors/state/subscription.ts';
import { addItem, positionOf } from '#actors/subscriptions/add-item.ts';
import { agreePrices, withAgreed } from '#actors/subscriptions/agree-prices.ts';
import type { Workspace } from '#actors/workspace.ts';

/** A backdated start may reach this far back; its elapsed periods are billed at once (ruling R24). */
const BACKDATE_DAYS_MAX = 366;
const QUANTITY_MAX = '1e12';

/** Creates the subscription and its first charges. Undefined while the plan is not loaded: the turn decides again. */
export function startSubscription(work: Workspace, message: CreateSubscription): Outcome | undefined {
  const startAt = message.startAt === undefined ? work.now : instantOf(message.startAt);
  if (startAt === undefined) return reject('invalid_time', 'startAt is not an RFC 3339 time', '/startAt');
  if (compareInstants(startAt, work.now.subtract({ hours: 24 * BACKDATE_DAYS_MAX })) < 0) {
    return reject('start_too_early', `startAt may lie at most ${BACKDATE_DAYS_MAX} days back`, '/startAt');
  }
  const plan = work.plan({ plan: message.plan, at: startAt });
  if (plan === undefined) return undefined;
  if (plan === null) return reject('plan_not_found', `no plan or plan version ${message.plan}`, '/plan');
  const currency = currencyFor(plan, { asked: message.currency, usual: work.customer().currency });
  if (typeof currency !== 'string') return currency;
  const offered = pricesIn(plan, currency);
  const agreed = agreePrices(offered, { given: message.prices ?? {}, cycle: plan });
  if ('ok' in agreed) return agreed;
  const refusal = refuseQuantities(offered, message) ?? refuseMeters(work, offered, message);
  if (refusal !== undefined) return refusal;
  const subscription = create(work, plan, { startAt, currency, followsPlan: message.followsPlan ?? false });
  for (const [index, offer] of offered.entries()) {
    const price = withAgreed(work, offer, agreed);
    addItem(work, subscription, {
      price,
      position: positionOf({ periodIndex: 0 }, index),
      quantity: quantityOf(message, price.key),
      usageScope: message.usageScope ?? 'customer',
    });
  }
  if (subscription.status === 'active') openPeriod(work, subscription);
  const data = subscriptionSnapshot(work, subscription);
  work.emit({
    type: 'billing.subscription.created',
    objectType: 'subscription',
    objectId: subscription.id,
    data,
  });
  return { ok: true, data };
}

function instantOf(text: string): Instant | undefined {
  try {
    return Temporal.Instant.from(text).round({ smallestUnit: 'microsecond', roundingMode: 'floor' });
  } catch {
    return undefined;
  }
}

type Terms = Pick<Subscription, 'currency' | 'followsPlan'> & { readonly startAt: Instant };

function create(work: Workspace, plan: PlanVersion, terms: Terms): Subscription {
  const { startAt: anchorAt, currency, followsPlan } = terms;
  const { zone } = work.customer();
  const { interval, intervalCount } = plan;
  const scheduled = compareInstants(anchorAt, work.now) > 0;
  return work.put('subscriptions', {
    id: work.mint('sub'),
    planVersionId: plan.id,
    status: scheduled ? 'scheduled' : 'active',
    currency,
    zone,
    interval,
    intervalCount,
    anchorAt,
    periodIndex: 0,
    periodStart: anchorAt,
    periodEnd: boundary({ anchor: anchorAt, zone, interval, count: intervalCount }, 1),
    cancelAt: null,
    endedAt: null,
    followsPlan,
    nextPlanVersionId: null,
    createdAt: work.now,
  });
}

/** The currency that was asked for, else the customer's, else the plan's, as far as the plan is sold in it. */
function currencyFor(
  plan: PlanVersion,
  { asked, usual }: { asked: string | undefined; usual: Currency },
): Currency | Rejection {
  if (asked === undefined) return pricesIn(plan, usual).length > 0 ? usual : plan.currency;
  const known = parseCurrency(asked);
  if (known !== undefined && pricesIn(plan, known).length > 0) return known;
  return reject('currency_not_offered', `the plan has no prices in ${asked}`, '/currency');
}

/** Looks at the message's own keys only: a price may be called `constructor`. */
function quantityOf({ quantities = {} }: CreateSubscription, key: string): string {
  return (Object.hasOwn(quantities, key) ? quantities[key] : undefined) ?? '1';
}

function refuseQuantities(offered: readonly Price[], message: CreateSubscription): Outcome | undefined {
  for (const [key, text] of Object.entries(message.quantities ?? {})) {
    const pointer = `/quantities/${key}`;
    const price = offered.find((candidate) => candidate.key === key);
    if (price === undefined) return reject('price_not_found', `the plan has no price ${key}`, pointer);
    if (price.meterId !== null)
      return reject('quantity_is_metered', 'a metered price takes its quantity from usage', pointer);
    const quantity = parseDecimal(text);
    if (quantity === undefined || quantity.isNegative() || quantity.greaterThan(QUANTITY_MAX)) {
      return reject('invalid_quantity', `a quantity is a decimal from 0 to ${QUANTITY_MAX}`, pointer);
    }
  }
  return undefined;
}

/** At any instant one customer-scoped item per meter (ruling R14); the database holds the same rule. */
function refuseMeters(
  work: Workspace,
  offered: readonly Price[],
  message: CreateSubscription,
): Outcome | undefined {
  if (message.usageScope === 'subscription') return undefined;
  for (const price of offered) {
    const taken = work.find(
      'itemVersions',
      (version) =>
        version.meterId === price.meterId &&
        version.usageScope === 'customer' &&
        version.effectiveTo === null,
    );
    if (price.meterId !== null && taken !== undefined) {
      return reject(
        'meter_in_use',
        `another subscription of this customer already bills price ${price.key}'s meter`,
        '/plan',
      );
    }
  }
  return undefined;
}
