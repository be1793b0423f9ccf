// Owns parsing JSON without losing a digit: numbers that a double may not hold keep their own text (raw-number.ts).
// Refuses bodies nested so deep that walking them later could end the process.
import { rawNumber } from '#actors/usage/raw-number.ts';

/** Deeper bodies are refused before parsing; events themselves are held to a much lower depth. */
const DEPTH_MAX = 64;
/** Below this length even the deepest body costs less to parse than to scan first. */
const SCAN_LENGTH_MIN = 65_536;

/** A number of more than 15 digits or with an exponent, where a number can stand. In a text it only costs time. */
const LONG_NUMBER = /(?:^|[:,[])\s*-?(?:\d[\d.]{15}|[\d.]*\d[eE])/;

export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: 'malformed_json' | 'nested_too_deep'; readonly message: string };

/** Parses JSON. Doubles that print as what was written stay numbers; all other numbers keep their digits. */
export function parseExactJson(text: string): ParsedJson {
  if (text.length >= SCAN_LENGTH_MIN && isDeeperThan(text, DEPTH_MAX)) {
    return { ok: false, code: 'nested_too_deep', message: `JSON is nested deeper than ${DEPTH_MAX} levels` };
  }
  try {
    return { ok: true, value: LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) {
      return { ok: false, code: 'malformed_json', message: `not JSON: ${error.message.slice(0, 200)}` };
    }
    // Below the length that is scanned, a body can still be deep enough for the reviver's recursion.
    if (error instanceof RangeError) {
      return {
        ok: false,
        code: 'nested_too_deep',
        message: `JSON is nested deeper than ${DEPTH_MAX} levels`,
      };
    }
    throw error;
  }
}

/** The third argument is what the text said at this place; the compiler's library does not list it yet. */
function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  return String(value) === context.source ? value : rawNumber(context.source);
}

/** Counts brackets outside texts. */
function isDeeperThan(text: string, max: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      i = endOfText(text, i + 1);
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > max) return true;
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
    }
  }
  return false;
}

/** Index of the quote that closes a text which began before `from`; the length if none does. */
function endOfText(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return quote;
  }
  return text.length;
}
