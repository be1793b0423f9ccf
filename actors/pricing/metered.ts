// Owns what a rating may know about the usage of one service period. Refuses to load it.
import type { Dec } from '#actors/money/decimal.ts';

/** `quantity` is cumulative from the start of the service period. The rest is there when a price asks for it. */
export type Metered = {
  readonly quantity: Dec;
  /** Events that pay a fixed part: those below zero are corrections and do not. */
  readonly paidEvents?: bigint;
  /** Each event's value, in order of (time, sequence). */
  readonly events?: readonly Dec[];
  /** Sum of the prices that came with the events, in major units. */
  readonly eventAmount?: Dec;
  /** The quantity by the values of the meter's dimensions: each event is in exactly one group. */
  readonly groups?: readonly MeteredGroup[];
  /** The quantity of each window (such as a day) of the period, empty windows included. */
  readonly windows?: readonly Dec[];
};

export type MeteredGroup = { readonly values: Readonly<Record<string, string>>; readonly quantity: Dec };

/** Throws RangeError: who rates must load what the price asks for, and nothing stands in for it. */
export function asked<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new RangeError(`this price is rated on ${what}, which was not loaded`);
  return value;
}
