// Owns whose usage a preview reads, and reading it as a run would: the same statements, of all that is stored.
import { compareInstants } from '#actors/calendar/instants.ts';
import type { Period } from '#actors/calendar/period.ts';
import { windowsOver } from '#actors/calendar/window.ts';
import { parseZone } from '#actors/calendar/zone.ts';
import { splitOf } from '#actors/charges/rating-frame.ts';
import type { Counted } from '#actors/pricing/rate-run.ts';
import { type Sharing, selectionOf } from '#actors/pricing/usage-filter.ts';
import type { UsagePrice } from '#actors/pricing/usage-price.ts';
import { type Rejection, reject } from '#actors/rejection.ts';
import type { Tx } from '#db/scope.ts';
import { usageQuantities } from '#db/usage-quantity.ts';
import { splitQuantities } from '#db/usage-split.ts';
import { findCustomer } from '#db/views/customers.ts';
import { findSubscriptionOwner } from '#db/views/subscriptions.ts';
import type { AskedPreview } from './preview-fields.ts';

/** Windows of one price: a month of minutes is read, a year of them is refused. */
const WINDOWS_MAX = 50_000;

export type Whose = {
  readonly tenantId: string;
  readonly customerId: string;
  readonly scopeId: string;
  readonly span: Period;
  readonly zone: string;
};

/** Null when no customer is named. */
export async function findWhose(
  tx: Tx,
  tenantId: string,
  asked: AskedPreview,
): Promise<Whose | Rejection | null> {
  const { customer, scope = 'customer', from, to, zone } = asked;
  if (customer === undefined) {
    const unused = (['from', 'to', 'scope', 'zone'] as const).find((name) => asked[name] !== undefined);
    return unused === undefined
      ? null
      : reject('invalid_request', 'means nothing without a customer', `/${unused}`);
  }
  if (from === undefined) return reject('invalid_request', 'is required with a customer', '/from');
  if (to === undefined) return reject('invalid_request', 'is required with a customer', '/to');
  const span = { start: Temporal.Instant.from(from), end: Temporal.Instant.from(to) };
  if (compareInstants(span.start, span.end) >= 0)
    return reject('invalid_request', 'must be after from', '/to');
  if (zone !== undefined && parseZone(zone) === undefined)
    return reject('unknown_zone', `there is no time zone ${zone}`, '/zone');
  const found = await findCustomer(tx, tenantId, customer);
  if (found === undefined) return reject('not_found', `there is no customer ${customer}`, '/customer');
  if (scope !== 'customer' && (await findSubscriptionOwner(tx, tenantId, scope)) !== found.id)
    return reject('not_found', `the customer has no subscription ${scope}`, '/scope');
  return {
    tenantId,
    customerId: found.id,
    scopeId: scope === 'customer' ? '' : scope,
    span,
    zone: zone ?? found.zone,
  };
}

type Reading = {
  readonly meterId: string;
  /** Other prices of the plan that count the meter. */
  readonly sharers: readonly Sharing[];
  readonly whose: Whose;
};

/** What the meter counted for the price, as a run would count it now. */
export async function readUsageOf(
  tx: Tx,
  price: UsagePrice & Sharing,
  { meterId, sharers, whose }: Reading,
): Promise<Counted | Rejection> {
  const { tenantId, customerId, scopeId, span, zone } = whose;
  const split = splitOf(price, { zone, only: selectionOf(price, sharers) });
  if (split?.window !== undefined && windowsOver(span, split.window, WINDOWS_MAX + 1).length > WINDOWS_MAX) {
    return reject(
      'too_many_windows',
      `a price is rated on at most ${WINDOWS_MAX} windows of a ${split.window.unit}`,
      '/to',
    );
  }
  const request = { customerId, meterId, scopeId, from: span.start, to: span.end, cutoff: null };
  const [counted] =
    split === undefined
      ? await usageQuantities(tx, tenantId, [request])
      : await splitQuantities(tx, tenantId, [{ ...request, split }]);
  if (counted === undefined) throw new Error('usage was asked for and not counted');
  return counted;
}
