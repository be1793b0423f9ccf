// Owns what must be billed, computed from what clients know, the slow and obvious way. Independent of the engine: imports
// nothing of it. What a price costs is reference-pricing.ts.
import type {
  Accepted,
  AcceptedCustomer,
  AcceptedSubscription,
  FeePrice,
  PlanPrice,
  PlanVersion,
} from './accepted.ts';
import { costOf, feeOf } from './reference-pricing.ts';
import { isBefore } from './reference-quantity.ts';

const CUTOFF_HOURS = 1;

export type ExpectedLine = {
  readonly subscription: string;
  readonly customer: string;
  readonly price: string;
  readonly kind: 'fee' | 'usage';
  readonly start: string;
  readonly end: string;
  /** Minor units: of a fee exactly this; of usage the sum of its line and all late ones. */
  readonly amount: string;
};

/** Every line that must stand on a document when `nowOf(customer)` has come and nothing is left to do. */
export function expectedLines(accepted: Accepted, nowOf: (customer: string) => string): ExpectedLine[] {
  return accepted.subscriptions.flatMap((subscription) => {
    const customer = accepted.customers.find(({ id }) => id === subscription.customer);
    const plan = accepted.plans.find(
      ({ key, tenant }) => key === subscription.plan && tenant === customer?.tenant,
    );
    if (customer === undefined || plan === undefined) throw new Error(`${subscription.id} hangs in the air`);
    const now = Temporal.Instant.from(nowOf(customer.id));
    const events = accepted.events.filter((event) => event.customer === customer.id);
    const rateOf = ratesOf(accepted, customer, subscription);
    const soldIn = ({ currency }: PlanPrice): boolean => currency === subscription.currency;
    // What was agreed stands in for the plan's price, also in later versions.
    const begun = Temporal.Instant.from(subscription.anchorAt);
    const first = versionAt(plan.versions, { ...subscription, moves: [] }, begun).prices.filter(soldIn);
    const periods = periodsOf({ ...subscription, zone: customer.zone }, now);
    return periods.flatMap(({ start, end }) => {
      const prices = versionAt(plan.versions, subscription, start).prices.filter(soldIn);
      const usage = prices.filter((price) => price.kind === 'usage');
      return prices.flatMap((price): ExpectedLine[] => {
        const line = {
          subscription: subscription.id,
          customer: customer.id,
          price: price.key,
          start: text(start),
        };
        if (price.kind === 'fee') {
          const rate = rateOf(price.priceUnit, (effective) => !isBefore(start, effective));
          const fee = feeOf({ ...price, rate, amount: amountOf(price, first, subscription) }, subscription);
          return [{ ...line, kind: 'fee', end: text(end.full), amount: fee.toFixed(0) }];
        }
        const closed = !isBefore(now, end.served.add({ hours: CUTOFF_HOURS }));
        if (!closed || !isBefore(start, end.served)) return [];
        const rate = rateOf(price.terms.priceUnit, (effective) => isBefore(effective, end.served));
        const served = { start, end: end.served, full: end.full, zone: customer.zone, rate };
        const cost = costOf(price, usage, { events, served });
        return [{ ...line, kind: 'usage', end: text(end.served), amount: cost.toFixed(0) }];
      });
    });
  });
}

function amountOf(
  price: FeePrice,
  first: readonly PlanPrice[],
  { feeDiscount }: AcceptedSubscription,
): string {
  const agreed = first.find((one) => one.kind === 'fee');
  return (feeDiscount === undefined ? undefined : agreed?.amount) ?? price.amount;
}

/** What one of a unit costs by the last rate that is in force; 1 of what is in no unit. */
function ratesOf(accepted: Accepted, { tenant }: AcceptedCustomer, { currency }: AcceptedSubscription) {
  return (unit: string | undefined, isInForce: (effective: Temporal.Instant) => boolean): string => {
    if (unit === undefined) return '1';
    const rates = accepted.units.find((one) => one.tenant === tenant && one.key === unit)?.rates ?? [];
    const last = rates.findLast(
      ({ currency: of, effectiveAt }) =>
        of === currency && (effectiveAt === undefined || isInForce(Temporal.Instant.from(effectiveAt))),
    );
    if (last === undefined) throw new Error(`${unit} has no rate`);
    return last.rate;
  };
}

/** Who follows has at each boundary what is in force; who was moved has from the next boundary on where he was moved. */
function versionAt(
  versions: readonly PlanVersion[],
  { anchorAt, followsPlan, moves }: AcceptedSubscription,
  start: Temporal.Instant,
): PlanVersion {
  const inForce = (at: Temporal.Instant): PlanVersion | undefined =>
    versions.findLast(
      ({ effectiveAt }) => effectiveAt === undefined || !isBefore(at, Temporal.Instant.from(effectiveAt)),
    );
  const moved = moves.findLast(({ at }) => isBefore(Temporal.Instant.from(at), start));
  const version =
    moved === undefined
      ? inForce(followsPlan ? start : Temporal.Instant.from(anchorAt))
      : versions.find(({ id }) => id === moved.version);
  if (version === undefined) throw new Error('no version of the plan is in force');
  return version;
}

type Period = { start: Temporal.Instant; end: { full: Temporal.Instant; served: Temporal.Instant } };

/** Months from the anchor in the customer's zone, each counted from it, until the end of the agreement or now. */
function periodsOf(
  { anchorAt, endsAt, zone }: AcceptedSubscription & { readonly zone: string },
  now: Temporal.Instant,
): Period[] {
  const anchor = Temporal.Instant.from(anchorAt).toZonedDateTimeISO(zone);
  const boundary = (months: number): Temporal.Instant => anchor.add({ months }).toInstant();
  const ends = endsAt === undefined ? undefined : Temporal.Instant.from(endsAt);
  const periods: Period[] = [];
  for (let month = 0; !isBefore(now, boundary(month)); month += 1) {
    const start = boundary(month);
    // The first fee is due with the agreement itself, even if it ends in the same instant.
    if (month > 0 && ends !== undefined && !isBefore(start, ends)) break;
    const full = boundary(month + 1);
    periods.push({ start, end: { full, served: ends !== undefined && isBefore(ends, full) ? ends : full } });
  }
  return periods;
}

function text(instant: Temporal.Instant): string {
  return instant.toString({ smallestUnit: 'microsecond' });
}

/**
 * What must have become of an issued invoice, by the card's habit. `calmAt`: faults had ended and all was at rest, and
 * since then the first pause of dunning has passed; undefined for customers whose own clock stands still meanwhile. `lost`: after
 * a day the provider was asked for a charge of it in vain.
 */
export function expectedPayment(
  token: string,
  invoice: { total: bigint; issuedAt: string; now: string; calmAt: string | undefined; lost: boolean },
): 'paid' | 'open' | 'either' {
  if (invoice.total === 0n) return 'paid';
  if (token.startsWith('tok_bad')) return 'open';
  const issued = Temporal.Instant.from(invoice.issuedAt);
  const calm = invoice.calmAt === undefined ? undefined : Temporal.Instant.from(invoice.calmAt);
  const days = Temporal.Instant.from(invoice.now).since(issued).total('hours') / 24;
  // A request that got lost on the way may count as a decline after a day (contracts: not received), and the pause begins.
  const pausePassed = calm === undefined ? days > 3 : isBefore(issued, calm);
  if (pausePassed) return 'paid';
  if (token.startsWith('tok_second') && days < 3) return 'open';
  return calm === undefined && token.startsWith('tok_ok') && !invoice.lost ? 'paid' : 'either';
}
