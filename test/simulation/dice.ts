// Owns chance in the simulation: every choice of a seed, cut into streams so that one more roll here moves none there.
import type { Random } from '#runtime/random.ts';
import { seededRandom } from '#test/support/seeded-random.ts';

export type Dice = Random & {
  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  shuffle<T>(items: readonly T[]): T[];
  /** A stream of its own. */
  stream(name: string): Dice;
};

export function createDice(seed: number, name = ''): Dice {
  const random = seededRandom(mix(seed, name));
  // The first numbers of a small generator follow its seed too closely.
  for (let turn = 0; turn < 8; turn += 1) random.number();
  const int = (from: number, to: number): number => from + Math.floor(random.number() * (to - from + 1));
  return {
    ...random,
    int,
    chance: (probability) => random.number() < probability,
    pick: (from) => {
      const one = from[int(0, from.length - 1)];
      if (one === undefined) throw new Error('nothing to pick from');
      return one;
    },
    shuffle: (items) =>
      items
        .map((item) => ({ item, order: random.number() }))
        .sort((a, b) => a.order - b.order)
        .map(({ item }) => item),
    stream: (own) => createDice(seed, `${name}/${own}`),
  };
}

/** FNV-1a over the name, started from the seed. */
function mix(seed: number, name: string): number {
  let hash = (2_166_136_261 ^ Math.imul(seed, 2_654_435_761)) >>> 0;
  for (const character of `${name}#${seed}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619) >>> 0;
  }
  return hash === 0 ? 1 : hash;
}
