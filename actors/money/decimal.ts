// Owns our decimal arithmetic: one constructor, its grammar, its printing. The only file that imports decimal.js.
// Refuses floats: a number is taken only when it is a safe integer.
import { Decimal as Base } from 'decimal.js';

/** A decimal of arbitrary size: quantities, unit prices, unrounded amounts. */
export type Dec = Base;

/** Integer digits, and fraction digits, that a decimal from outside may have. */
const DECIMAL_DIGITS_MAX = 30;

const TEXT_LENGTH_MAX = 80;
const TRUSTED_TEXT_LENGTH_MAX = 1_000;
// JSON's own number grammar, so that a number that came in as JSON and its text are read alike.
const GRAMMAR = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/;

/**
 * Three factors from outside (each at most 30 + 30 digits) multiply without loss at this precision; only a division is
 * cut, and it is cut 200 digits deep. Exponents are never printed; the tie of a rounding goes away from zero.
 */
export const Decimal = Base.clone({
  precision: 200,
  rounding: Base.ROUND_HALF_UP,
  toExpNeg: -9e15,
  toExpPos: 9e15,
  defaults: true,
});

export const ZERO: Dec = new Decimal(0);

/** Texts kept at a time, so that the prices of a busy hour are read once: reading one is most of a small price's cost. */
const TEXTS_MAX = 10_000;

const read = new Map<string, Dec>();

/**
 * Reads a value we trust: a constant, a stored decimal, a result of our own.
 * Throws RangeError on what is not a finite decimal, and on numbers that are not safe integers.
 */
export function decimal(value: string | number | bigint | Dec): Dec {
  if (typeof value === 'string') return read.get(value) ?? readText(value);
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new RangeError(`${value} is not a safe integer; pass decimals as text`);
  }
  if (value instanceof Decimal) return finite(value);
  return finite(new Decimal(typeof value === 'bigint' ? value.toString() : value));
}

function readText(text: string): Dec {
  if (!(text.length <= TRUSTED_TEXT_LENGTH_MAX && GRAMMAR.test(text))) {
    throw new RangeError(`${JSON.stringify(text.slice(0, 40))} is not a decimal`);
  }
  const value = finite(new Decimal(text));
  if (read.size >= TEXTS_MAX) read.clear();
  read.set(text, value);
  return value;
}

function finite(value: Dec): Dec {
  if (!value.isFinite()) throw new RangeError(`${value.toString()} is not a finite decimal`);
  return value;
}

/**
 * Reads a decimal from outside: JSON's number grammar, at most 30 digits before and 30 after the point.
 * Undefined for anything else (`1,5`, `NaN`, `+1`, `.5`, ` 1`, `1e400`).
 */
export function parseDecimal(text: string): Dec | undefined {
  if (text.length > TEXT_LENGTH_MAX || !GRAMMAR.test(text)) return undefined;
  const value = new Decimal(text);
  const fits = value.decimalPlaces() <= DECIMAL_DIGITS_MAX && value.e < DECIMAL_DIGITS_MAX;
  return fits ? value : undefined;
}

/** Plain notation without exponent, trailing zeros or a negative zero: `0.000012`, `1500`. */
export function printDecimal(value: Dec): string {
  return value.isZero() ? '0' : value.toFixed();
}

/** Sum of the values, zero for none. */
export function sumDecimals(values: readonly Dec[]): Dec {
  return values.reduce((sum, value) => sum.plus(value), ZERO);
}
