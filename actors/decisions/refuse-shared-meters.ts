// Owns which prices of a plan may count one meter together: those that part its usage between them.
import { groupOf, type UsageFilter } from '#actors/pricing/usage-filter.ts';
import { type Rejection, reject } from '#actors/rejection.ts';

type Offered = {
  readonly key: string;
  readonly currency?: string | undefined;
  readonly meterId: string | null;
  readonly price: { readonly filter?: UsageFilter };
};

/** In one currency each meter has at most one price for each filter, and one for the rest. `usual` is the plan's. */
export function refuseSharedMeters(prices: readonly Offered[], usual: string): Rejection | undefined {
  const taken = new Map<string, string>();
  for (const [position, { key, currency = usual, meterId, price }] of prices.entries()) {
    if (meterId === null) continue;
    const place = `${currency} ${meterId} ${groupOf(price.filter)}`;
    const other = taken.get(place);
    if (other !== undefined) {
      return price.filter === undefined
        ? reject(
            'invalid_price',
            `price ${other} counts this meter too, and neither has a filter`,
            `/prices/${position}/meter`,
          )
        : reject('invalid_price', `price ${other} has the same filter`, `/prices/${position}/filter`);
    }
    taken.set(place, key);
  }
  return undefined;
}
