// Owns the steps of a tiered price: inclusive upper bounds that rise, the last one open. Refuses to rate.
import { decimal } from '#actors/money/decimal.ts';
import { type Fields, readFields } from '#actors/pricing/fields.ts';

/**
 * `upTo` is inclusive and decimal text; null on the last tier only. Amounts are decimal text in major units: `unitAmount`
 * for each unit, `flatAmount` once when the tier is reached. At least one of the two is there.
 */
export type Tier = {
  readonly upTo: string | null;
  readonly unitAmount?: string;
  readonly flatAmount?: string;
};

/** Tiers of one price. */
export const TIERS_MAX = 100;

/** What tiered models share. */
export type TierOptions = {
  readonly tiers: readonly Tier[];
  /** Whether quantity 0 pays the flat part of the first tier (ruling R25); absent means it does. */
  readonly flatAtZero?: boolean;
};

export function parseTierOptions(fields: Fields): TierOptions {
  const entries = fields.list('tiers', TIERS_MAX);
  const tiers = entries.flatMap((entry, position) => {
    const tierFields = readFields(entry, `${fields.pointer}/tiers/${position}`, fields.problems);
    return tierFields === undefined ? [] : [parseTier(tierFields, position === entries.length - 1)];
  });
  tiers.forEach((tier, position) => {
    const before = tiers[position - 1]?.upTo ?? null;
    if (before !== null && tier.upTo !== null && decimal(tier.upTo).lessThanOrEqualTo(decimal(before))) {
      fields.problems.push({
        pointer: `${fields.pointer}/tiers/${position}/upTo`,
        message: `must be above ${before}, the bound of the tier before`,
      });
    }
  });
  const flatAtZero = fields.optionalFlag('flatAtZero');
  return { tiers, ...(flatAtZero === undefined ? {} : { flatAtZero }) };
}

function parseTier(fields: Fields, isLast: boolean): Tier {
  const upTo = fields.nullablePositive('upTo');
  const unitAmount = fields.optionalAmount('unitAmount');
  const flatAmount = fields.optionalAmount('flatAmount');
  fields.refuseOthers();
  if (isLast && typeof upTo === 'string') fields.problem('upTo', 'must be null: the last tier is open');
  if (!isLast && upTo === null) fields.problem('upTo', 'must be a quantity: only the last tier is open');
  if (unitAmount === undefined && flatAmount === undefined) {
    fields.problem('unitAmount', 'is required unless the tier has a flatAmount');
  }
  return {
    upTo: upTo ?? null,
    ...(unitAmount === undefined ? {} : { unitAmount }),
    ...(flatAmount === undefined ? {} : { flatAmount }),
  };
}
