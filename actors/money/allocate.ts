// Owns splitting an amount so that the parts add up to it. Refuses to know what the parts are for.
import { type Dec, printDecimal, sumDecimals } from '#actors/money/decimal.ts';

/**
 * Splits minor units in proportion to weights by largest remainder; equal remainders go to the earlier position (ruling
 * R25). A negative total is split as its positive twin. Weights are at least 0; without any weight only zero can be
 * split, anything else throws RangeError.
 */
export function allocate(total: bigint, weights: readonly Dec[]): bigint[] {
  const whole = toIntegers(weights);
  const sum = whole.reduce((left, right) => left + right, 0n);
  if (sum === 0n) {
    if (total !== 0n) throw new RangeError('an amount cannot be split without weights');
    return whole.map(() => 0n);
  }
  const size = total < 0n ? -total : total;
  const parts = whole.map((weight, position) => ({
    position,
    share: (size * weight) / sum,
    remainder: (size * weight) % sum,
  }));
  const missing = size - parts.reduce((left, part) => left + part.share, 0n);
  const favored = new Set(
    [...parts]
      .sort((a, b) =>
        a.remainder === b.remainder ? a.position - b.position : a.remainder < b.remainder ? 1 : -1,
      )
      .slice(0, Number(missing))
      .map((part) => part.position),
  );
  return parts.map(({ position, share }) => {
    const part = favored.has(position) ? share + 1n : share;
    return total < 0n ? -part : part;
  });
}

/** The weights as integers of one scale, so that remainders compare exactly. */
function toIntegers(weights: readonly Dec[]): bigint[] {
  if (weights.some((weight) => weight.isNegative() && !weight.isZero())) {
    throw new RangeError(`a weight is negative: ${sumDecimals(weights).toString()} in sum`);
  }
  const scale = Math.max(0, ...weights.map((weight) => weight.decimalPlaces()));
  return weights.map((weight) => BigInt(printDecimal(weight.times(`1e${scale}`))));
}
