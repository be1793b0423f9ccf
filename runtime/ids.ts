// Owns the making of ids: a prefix and sixteen characters that sort by the time they were made.
// Refuses to know which prefixes exist. Ids are names, not secrets: they can be guessed.
import { ID_DIGITS, ID_TIME_CHARS } from '#db/id-time.ts';
import type { Clock } from './clock.ts';
import type { Random } from './random.ts';

const TAIL_CHARS = 7;
const TAIL_MAX = 2 ** 35 - 1;

export type Ids = (prefix: string) => string;

/**
 * Returns `(prefix) => prefix_xxxxxxxxxxxxxxxx`: 45 bits of unix milliseconds, then 35 bits that start random in
 * each millisecond and count up within it, so ids of one process strictly increase even if the clock steps back.
 * Two processes can meet in theory; every id by which something is found is a key, so the database refuses the second.
 */
export function createIds({ clock, random }: { clock: Clock; random: Random }): Ids {
  let lastMs = -1;
  let tail = 0;

  return (prefix) => {
    const nowMs = clock.wall().epochMilliseconds;
    if (nowMs > lastMs) {
      lastMs = nowMs;
      tail = freshTail(random);
    } else if (tail === TAIL_MAX) {
      lastMs += 1;
      tail = freshTail(random);
    } else {
      tail += 1;
    }
    return `${prefix}_${base32(lastMs, ID_TIME_CHARS)}${base32(tail, TAIL_CHARS)}`;
  };
}

function freshTail(random: Random): number {
  let bits = 0;
  for (const byte of random.bytes(5)) bits = bits * 256 + byte;
  return bits % (TAIL_MAX + 1);
}

/** Not by the bits of a number, which are cut at 32. */
function base32(value: number, chars: number): string {
  let rest = value;
  let text = '';
  for (let i = 0; i < chars; i += 1) {
    text = ID_DIGITS.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
