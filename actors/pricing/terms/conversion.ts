// Owns turning the metered unit into the billed one before pricing: bytes into gigabytes, seconds into begun minutes.
import { type Dec, Decimal, decimal } from '#actors/money/decimal.ts';
import { choice, factor, oneOf, optionalWhole } from '#actors/pricing/field-values.ts';
import type { Fields } from '#actors/pricing/fields.ts';

const OPERATIONS = ['divide', 'multiply'] as const;
const ROUNDINGS = ['none', 'up', 'down', 'nearest'] as const;

/** `decimals` says where to round and may be negative: -2 rounds to hundreds. Absent, to whole units. */
export type Conversion = {
  readonly operation: (typeof OPERATIONS)[number];
  readonly factor: string;
  readonly rounding: (typeof ROUNDINGS)[number];
  readonly decimals?: number;
};

const DECIMALS_ENDS = [-15, 15] as const;

/** Where an unrounded division is cut, so that a converted quantity can be stored and read. */
const QUOTIENT_PLACES = 30;

const MODES = { up: Decimal.ROUND_CEIL, down: Decimal.ROUND_FLOOR, nearest: Decimal.ROUND_HALF_UP } as const;

export function parseConversion(fields: Fields): Conversion {
  const decimals = optionalWhole(fields, 'decimals', DECIMALS_ENDS);
  const conversion = {
    operation: oneOf(fields, 'operation', OPERATIONS) ?? 'divide',
    factor: factor(fields, 'factor'),
    rounding: choice(fields, 'rounding', ROUNDINGS),
    ...(decimals !== undefined && { decimals }),
  };
  fields.refuseOthers();
  if (decimals !== undefined && conversion.rounding === 'none') {
    fields.problem('decimals', 'means nothing without rounding');
  }
  return conversion;
}

/** Always of the cumulative quantity: parts that are converted alone would not add up to the whole. */
export function convert(conversion: Conversion, quantity: Dec): Dec {
  const by = decimal(conversion.factor);
  const converted = conversion.operation === 'divide' ? quantity.div(by) : quantity.times(by);
  if (conversion.rounding === 'none') return converted.toDecimalPlaces(QUOTIENT_PLACES);
  const unit = new Decimal(10).pow(-(conversion.decimals ?? 0));
  return converted.div(unit).toDecimalPlaces(0, MODES[conversion.rounding]).times(unit);
}
