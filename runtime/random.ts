// Owns randomness: the only file that asks the machine for it. Simulations and tests pass a seeded one.
import { randomBytes } from 'node:crypto';

export type Random = {
  /** `count` unpredictable bytes. */
  bytes(count: number): Uint8Array;
  /** A number in [0, 1), for jitter; never for secrets. */
  number(): number;
};

/** The machine's own randomness. */
export function systemRandom(): Random {
  return {
    bytes: (count) => randomBytes(count),
    number: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  };
}
