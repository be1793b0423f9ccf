// Owns randomness that repeats: the same seed gives the same bytes.
import type { Random } from '#runtime/random.ts';

/** A small xorshift generator; `seed` is any non-zero integer. */
export function seededRandom(seed: number): Random {
  let state = seed | 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  return {
    bytes: (count) => Uint8Array.from({ length: count }, () => next() & 255),
    number: () => next() / 2 ** 32,
  };
}
