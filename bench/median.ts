// Owns how several measurements become one figure.
/** The middle one of several measurements, the upper middle of an even number; not a number of none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
