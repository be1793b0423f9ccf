// Owns one look over JSON text before it is parsed: how deep it nests, how many members it has, whether a number
// may lose digits. Linear, without recursion, so hostile nesting costs nothing. Refuses to judge syntax.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const UPPER_E = 0x45;
const LOWER_E = 0x65;

/** Every decimal of up to this many digits survives the trip through a binary64 number. */
const SAFE_DIGITS = 15;

export type JsonScan = {
  /** False as soon as nesting exceeds the limit; the other figures are then incomplete. */
  readonly shallow: boolean;
  /** Members of all objects, counting repeated names each time. */
  readonly members: number;
  /** Some number has an exponent or more digits than are always exact. */
  readonly doubtfulNumber: boolean;
};

/** Scans `text`, stopping at the first bracket deeper than `depthMax`. */
export function scanJson(text: string, depthMax: number): JsonScan {
  let depth = 0;
  let members = 0;
  let doubtfulNumber = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      at = endOfString(text, at);
    } else if (char === 0x7b || char === 0x5b) {
      depth += 1;
      if (depth > depthMax) return { shallow: false, members, doubtfulNumber };
    } else if (char === 0x7d || char === 0x5d) {
      depth -= 1;
    } else if (char === COLON) {
      members += 1;
    } else if (char === MINUS || (char >= ZERO && char <= NINE)) {
      const end = endOfNumber(text, at);
      doubtfulNumber ||= isDoubtful(text, at, end);
      at = end - 1;
    }
  }
  return { shallow: true, members, doubtfulNumber };
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) return at;
    at += char === BACKSLASH ? 2 : 1;
  }
  return at;
}

function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && isNumberChar(text.charCodeAt(at))) at += 1;
  return at;
}

function isNumberChar(char: number): boolean {
  const digit = char >= ZERO && char <= NINE;
  return digit || char === DOT || char === MINUS || char === 0x2b || char === UPPER_E || char === LOWER_E;
}

function isDoubtful(text: string, start: number, end: number): boolean {
  if (end - start > SAFE_DIGITS) return true;
  for (let at = start; at < end; at += 1) {
    const char = text.charCodeAt(at);
    if (char === UPPER_E || char === LOWER_E) return true;
  }
  return false;
}
