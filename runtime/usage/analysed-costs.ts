// Owns what the usage of one meter costs in windows and groups: each charge's cumulative cost at the edges of windows, and
// its differences shared by groups. So windows and groups add up to what the period costs.
import { compareInstants, earlierOf, laterOf } from '#actors/calendar/instants.ts';
import type { Period } from '#actors/calendar/period.ts';
import { dimensionsOf } from '#actors/charges/rating-frame.ts';
import type { Tx } from '#db/scope.ts';
import type { UsageReading } from '#db/usage-reading.ts';
import { readUsage } from '#db/usage-split.ts';
import type { PricedCharge } from '#db/views/usage-charges.ts';
import { rateAt } from './rated-positions.ts';
import { share } from './shared-costs.ts';

export type GroupCost = {
  readonly window: number;
  /** In the order of the names grouped by. */
  readonly values: readonly (string | null)[];
  readonly currency: string;
  /** Minor units. */
  readonly amount: bigint;
};

/** `reading` is what was read of the meter: its windows, its groups, its filters. */
export async function costsOf(
  tx: Tx,
  charges: readonly PricedCharge[],
  reading: UsageReading,
): Promise<GroupCost[]> {
  const costs: GroupCost[] = [];
  for (const charge of charges) {
    const stretches = await costlyStretches(tx, charge, reading);
    const isWhole = reading.dimensions.length === 0 && reading.filters.length === 0;
    costs.push(
      ...(isWhole
        ? stretches.map(({ window, cost }) => ({
            window,
            values: [],
            currency: charge.currency,
            amount: cost,
          }))
        : await shared(tx, { charge, stretches, reading })),
    );
  }
  return costs;
}

type Stretch = Period & { readonly window: number; readonly cost: bigint };

/** The charge's period between the edges of windows, with what each costs on top of what came before it. */
async function costlyStretches(tx: Tx, charge: PricedCharge, reading: UsageReading): Promise<Stretch[]> {
  const { serviceStart, serviceEnd } = charge;
  const parts = reading.windows.flatMap((window, at) => {
    const start = laterOf(window.start, serviceStart);
    const end = earlierOf(window.end, serviceEnd);
    return compareInstants(start, end) < 0 ? [{ start, end, window: at }] : [];
  });
  const first = parts[0];
  if (first === undefined) return [];
  const begins = compareInstants(first.start, serviceStart) === 0;
  const edges = [...(begins ? [] : [first.start]), ...parts.map(({ end }) => end)];
  const rated = await rateAt(tx, reading.tenantId, { charge, edges });
  if (rated === undefined) return [];
  const amounts = [...(begins ? [0n] : []), ...rated.map(({ amount }) => amount)];
  return parts.map((part, at) => ({ ...part, cost: (amounts[at + 1] ?? 0n) - (amounts[at] ?? 0n) }));
}

type Sharing = {
  readonly charge: PricedCharge;
  readonly stretches: readonly Stretch[];
  readonly reading: UsageReading;
};

type Share = { readonly values: Readonly<Record<string, string | null>>; readonly amount: bigint };

async function shared(tx: Tx, { charge, stretches, reading }: Sharing): Promise<GroupCost[]> {
  if (stretches.length === 0) return [];
  const filtered = reading.filters.map(({ dimension }) => dimension);
  const names = [...new Set([...reading.dimensions, ...filtered, ...dimensionsOf(charge.price)])];
  const used = await readUsage(tx, {
    ...reading,
    scopeId: charge.scopeId,
    only: charge.rating?.split?.only,
    filters: [],
    windows: stretches.map(({ start, end }) => ({ start, end })),
    dimensions: names,
    by: ['window_and_group'],
  });
  const groups = used.map((row) => ({
    ...row,
    values: Object.fromEntries(names.map((name, at) => [name, row.values[at] ?? null])),
  }));
  return stretches.flatMap((stretch, at) => {
    const { window, cost } = stretch;
    const own = groups.filter((row) => row.window === at);
    const parts = share(cost, charge.price, own);
    // What is owed without any usage, such as a minimum, is nobody's.
    const owed: Share[] = parts === undefined ? [{ values: {}, amount: cost }] : [];
    const shares: readonly Share[] =
      parts?.map((amount, index) => ({ values: own[index]?.values ?? {}, amount })) ?? owed;
    return shares
      .filter(({ values }) => passes(values, reading))
      .map(({ values, amount }) => ({
        window,
        values: reading.dimensions.map((name) => values[name] ?? null),
        currency: charge.currency,
        amount,
      }));
  });
}

function passes(values: Readonly<Record<string, string | null>>, { filters }: UsageReading): boolean {
  return filters.every(({ dimension, values: listed }) => listed.includes(values[dimension] ?? null));
}
