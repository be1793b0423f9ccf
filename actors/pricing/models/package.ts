// Owns the package charge model: a price for each package of a size; the last one begun counts by its rounding.
import { type Dec, decimal, printDecimal } from '#actors/money/decimal.ts';
import type { Draft } from '#actors/pricing/draft.ts';
import { amount, choice, positive } from '#actors/pricing/field-values.ts';
import type { Fields } from '#actors/pricing/fields.ts';

const PACKAGE_ROUNDINGS = ['up', 'down', 'nearest'] as const;

export type PackageRounding = (typeof PACKAGE_ROUNDINGS)[number];

/** `amount` for one package in major units, `size` in units; both decimal text. */
export type PackagePrice = {
  readonly type: 'package';
  readonly amount: string;
  readonly size: string;
  readonly rounding: PackageRounding;
};

/** Without `rounding`, a package begun is a package sold (up). */
export function parsePackage(fields: Fields): PackagePrice {
  return {
    type: 'package',
    amount: amount(fields, 'amount'),
    size: positive(fields, 'size'),
    rounding: choice(fields, 'rounding', PACKAGE_ROUNDINGS),
  };
}

export function ratePackage(price: PackagePrice, quantity: Dec): Draft {
  const packages = countPackages(quantity, decimal(price.size), price.rounding);
  const exact = packages.times(decimal(price.amount));
  return {
    exact,
    steps: [
      {
        kind: 'packages',
        quantity: printDecimal(quantity),
        size: price.size,
        packages: printDecimal(packages),
        unitAmount: price.amount,
        subtotal: printDecimal(exact),
      },
    ],
  };
}

/** Decided on the remainder, not on a quotient that a division has cut. Half a package is nearest to a whole one. */
function countPackages(quantity: Dec, size: Dec, rounding: PackageRounding): Dec {
  const whole = quantity.divToInt(size);
  const remainder = quantity.minus(whole.times(size));
  switch (rounding) {
    case 'up':
      return remainder.isZero() ? whole : whole.plus(1);
    case 'down':
      return whole;
    case 'nearest':
      return remainder.times(2).greaterThanOrEqualTo(size) ? whole.plus(1) : whole;
    default:
      return rounding satisfies never;
  }
}
