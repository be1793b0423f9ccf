// Owns how a plan with one of its versions looks in answers and billing events.
import type { DecidedPrice } from '#actors/decisions/tenant-plan.ts';
import type { NewVersionRow } from '#db/plan-catalog.ts';

type Plan = { readonly id: string; readonly key: string; readonly name: string; readonly createdAt: string };
type Version = Omit<NewVersionRow, 'prices'> & {
  readonly prices: readonly (DecidedPrice & { readonly id: string })[];
};

export function planSnapshot({ createdAt, ...plan }: Plan, version: Version, publishedAt: string) {
  const { id, number, currency, interval, intervalCount, effectiveAt, prices } = version;
  return {
    ...plan,
    currency,
    interval,
    intervalCount,
    version: { id, number, effectiveAt, publishedAt },
    prices: prices.map(({ meter, meterId, price, ...rest }) => ({
      ...rest,
      currency: rest.currency ?? currency,
      meter: meter ?? null,
      meterId,
      ...price,
    })),
    createdAt,
  };
}
