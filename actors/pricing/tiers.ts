// Owns the steps of a tiered price: inclusive upper bounds that rise, the last one open. Refuses to rate.
import { decimal } from '#actors/money/decimal.ts';
import { nullablePositive, objects, optionalAmount, optionalFlag } from '#actors/pricing/field-values.ts';
import type { Fields } from '#actors/pricing/fields.ts';

/** `upTo` is inclusive and decimal text; null on the last tier only. */
export type Bound = { readonly upTo: string | null };

/**
 * Amounts are decimal text in major units: `unitAmount` for each unit, `flatAmount` once when the tier is reached. At
 * least one of the two is there.
 */
export type Tier = Bound & { readonly unitAmount?: string; readonly flatAmount?: string };

/** Tiers of one price. */
export const TIERS_MAX = 100;

/** What tiered models share. */
export type Tiers<T extends Bound> = {
  readonly tiers: readonly T[];
  /** Whether quantity 0 pays the flat part of the first tier (ruling R25); absent means it does. */
  readonly flatAtZero?: boolean;
};

export type TierOptions = Tiers<Tier>;

export function parseTierOptions(fields: Fields): TierOptions {
  return parseTiers(fields, parseAmounts);
}

/** Reads the bounds and leaves the rest of each tier to `parseRest`. */
export function parseTiers<R>(fields: Fields, parseRest: (tier: Fields) => R): Tiers<Bound & R> {
  const entries = objects(fields, 'tiers', TIERS_MAX);
  let before: string | null = null;
  const tiers = entries.map((entry, position) => {
    const upTo = parseBound(entry, { isLast: position === entries.length - 1, before });
    before = upTo ?? before;
    const rest = parseRest(entry);
    entry.refuseOthers();
    return { upTo, ...rest };
  });
  const flatAtZero = optionalFlag(fields, 'flatAtZero');
  return { tiers, ...(flatAtZero === undefined ? {} : { flatAtZero }) };
}

type Place = { readonly isLast: boolean; readonly before: string | null };

function parseBound(tier: Fields, { isLast, before }: Place): string | null {
  const upTo = nullablePositive(tier, 'upTo');
  if (isLast && typeof upTo === 'string') tier.problem('upTo', 'must be null: the last tier is open');
  if (!isLast && upTo === null) tier.problem('upTo', 'must be a quantity: only the last tier is open');
  if (typeof upTo === 'string' && before !== null && decimal(upTo).lessThanOrEqualTo(before)) {
    tier.problem('upTo', `must be above ${before}, the bound of the tier before`);
  }
  return upTo ?? null;
}

function parseAmounts(tier: Fields): Omit<Tier, 'upTo'> {
  const unitAmount = optionalAmount(tier, 'unitAmount');
  const flatAmount = optionalAmount(tier, 'flatAmount');
  if (unitAmount === undefined && flatAmount === undefined) {
    tier.problem('unitAmount', 'is required unless the tier has a flatAmount');
  }
  return {
    ...(unitAmount === undefined ? {} : { unitAmount }),
    ...(flatAmount === undefined ? {} : { flatAmount }),
  };
}
