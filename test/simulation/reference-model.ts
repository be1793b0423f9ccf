// Owns what must be billed, computed from what clients know, the slow and obvious way. Independent of the engine: imports
// nothing of it but types of this folder, and plain decimals.
import { Decimal } from 'decimal.js';
import type { Accepted, PlanPrice, UsageFact } from './accepted.ts';

const Exact = Decimal.clone({ precision: 60 });
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
    const periods = periodsOf(subscription.anchorAt, subscription.endsAt, now);
    return periods.flatMap(({ start, end }) =>
      plan.prices.flatMap((price): ExpectedLine[] => {
        const line = {
          subscription: subscription.id,
          customer: customer.id,
          price: price.key,
          start: text(start),
        };
        if (price.kind === 'fee')
          return [{ ...line, kind: 'fee', end: text(end.full), amount: cents(new Exact(price.amount)) }];
        const closed = !isBefore(now, end.served.add({ hours: CUTOFF_HOURS }));
        if (!closed || !isBefore(start, end.served)) return [];
        const used = quantityOf(price, events, { start, end: end.served });
        const amount = cents(tariffOf(price, used));
        return [{ ...line, kind: 'usage', end: text(end.served), amount }];
      }),
    );
  });
}

type Period = { start: Temporal.Instant; end: { full: Temporal.Instant; served: Temporal.Instant } };

/** Months from the anchor, each counted from it, until the end of the agreement or now. */
function periodsOf(anchorAt: string, endsAt: string | undefined, now: Temporal.Instant): Period[] {
  const anchor = Temporal.Instant.from(anchorAt).toZonedDateTimeISO('UTC');
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

type UsagePrice = Extract<PlanPrice, { kind: 'usage' }>;

function quantityOf(
  price: UsagePrice,
  events: readonly UsageFact[],
  { start, end }: { start: Temporal.Instant; end: Temporal.Instant },
): Decimal {
  let sum = new Exact(0);
  let count = new Exact(0);
  let most = new Exact(0);
  for (const event of events) {
    const at = Temporal.Instant.from(event.at);
    if (event.type !== price.eventType || isBefore(at, start) || !isBefore(at, end)) continue;
    sum = sum.plus(event.value);
    count = count.plus(1);
    most = Exact.max(most, event.value);
  }
  return { sum, count, max: most }[price.quantity];
}

/** Major units, unrounded. */
function tariffOf({ tariff }: UsagePrice, quantity: Decimal): Decimal {
  switch (tariff.type) {
    case 'per_unit':
      return quantity.times(tariff.unitAmount);
    case 'package':
      return quantity.div(tariff.size).ceil().times(tariff.amount);
    case 'graduated': {
      let total = new Exact(0);
      let from = new Exact(0);
      for (const { upTo, unitAmount } of tariff.tiers) {
        const to = upTo === null ? quantity : Exact.min(quantity, upTo);
        if (to.greaterThan(from)) total = total.plus(to.minus(from).times(unitAmount));
        from = Exact.max(from, to);
      }
      return total;
    }
    default:
      return tariff satisfies never;
  }
}

/** Half away from zero. */
function cents(major: Decimal): string {
  return major.times(100).toDecimalPlaces(0, Decimal.ROUND_HALF_UP).toFixed(0);
}

function isBefore(a: Temporal.Instant, b: Temporal.Instant): boolean {
  return Temporal.Instant.compare(a, b) < 0;
}

function text(instant: Temporal.Instant): string {
  return instant.toString({ smallestUnit: 'microsecond' });
}

/**
 * What must have become of an issued invoice, by the card's habit. `calmAt`: faults had ended and all was at rest, and
 * since then the first pause of dunning has passed; undefined for customers whose own clock stands still meanwhile.
 */
export function expectedPayment(
  token: string,
  invoice: { total: bigint; issuedAt: string; now: string; calmAt: string | undefined },
): 'paid' | 'open' | 'either' {
  if (invoice.total === 0n) return 'paid';
  if (token.startsWith('tok_bad')) return 'open';
  const issued = Temporal.Instant.from(invoice.issuedAt);
  const calm = invoice.calmAt === undefined ? undefined : Temporal.Instant.from(invoice.calmAt);
  const days = Temporal.Instant.from(invoice.now).since(issued).total('hours') / 24;
  // In real time a request that got lost on the way may count as a decline after a day (contracts: not received).
  const pausePassed = calm === undefined ? days > 3 : isBefore(issued, calm);
  if (pausePassed) return 'paid';
  if (token.startsWith('tok_second') && days < 3) return 'open';
  return calm === undefined && token.startsWith('tok_ok') ? 'paid' : 'either';
}
