// Owns exact fractions of big integers: arithmetic that cannot share a mistake with the decimals it is held against.

export type Fraction = { readonly over: bigint; readonly under: bigint };

/** Of decimal text without exponent, or of a whole number. */
export function fractionOf(value: string | bigint): Fraction {
  if (typeof value === 'bigint') return { over: value, under: 1n };
  const [whole = '', places = ''] = value.split('.');
  return { over: BigInt(whole + places), under: 10n ** BigInt(places.length) };
}

export const NONE: Fraction = fractionOf(0n);

export const plus = (a: Fraction, b: Fraction): Fraction => ({
  over: a.over * b.under + b.over * a.under,
  under: a.under * b.under,
});

export const minus = (a: Fraction, b: Fraction): Fraction => plus(a, { over: -b.over, under: b.under });

export const times = (a: Fraction, b: Fraction): Fraction => ({
  over: a.over * b.over,
  under: a.under * b.under,
});

/** By a number above zero. */
export const dividedBy = (a: Fraction, b: Fraction): Fraction => ({
  over: a.over * b.under,
  under: a.under * b.over,
});

export const isEqual = (a: Fraction, b: Fraction): boolean => a.over * b.under === b.over * a.under;
export const isLess = (a: Fraction, b: Fraction): boolean => a.over * b.under < b.over * a.under;
export const least = (a: Fraction, b: Fraction): Fraction => (isLess(b, a) ? b : a);
export const most = (a: Fraction, b: Fraction): Fraction => (isLess(a, b) ? b : a);
export const total = (all: readonly Fraction[]): Fraction => all.reduce(plus, NONE);

const HALF: Fraction = { over: 1n, under: 2n };

/** The largest whole number that is not above it. */
export function floor({ over, under }: Fraction): bigint {
  return over < 0n ? -((-over + under - 1n) / under) : over / under;
}

export const ceiling = ({ over, under }: Fraction): bigint => -floor({ over: -over, under });

/** Ties away from zero, in units of 10^-places. */
export function rounded(value: Fraction, places: number): bigint {
  const scaled = times(value, fractionOf(10n ** BigInt(places)));
  const isNegative = scaled.over < 0n;
  const size = isNegative ? { over: -scaled.over, under: scaled.under } : scaled;
  const whole = floor(plus(size, HALF));
  return isNegative ? -whole : whole;
}

/** The value cut to so many places, ties away from zero. */
export function cut(value: Fraction, places: number): Fraction {
  return { over: rounded(value, places), under: 10n ** BigInt(places) };
}
