// Owns parsing JSON without losing anything: numbers that a double may not hold keep their own text (raw-number.ts), and a
// name that stands twice in one object is refused. So are bodies so deep that walking them could end the process.
import { isRawNumber, rawNumber } from '#actors/usage/raw-number.ts';

/** Deeper bodies are refused before parsing; events themselves are held to a much lower depth. */
const DEPTH_MAX = 64;

/** A number of more than 15 digits or with an exponent, where a number can stand. In a text it only costs time. */
const LONG_NUMBER = /(?:^|[:,[])\s*-?(?:\d[\d.]{15}|[\d.]*\d[eE])/;

export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: JsonFault; readonly message: string };

type JsonFault = 'malformed_json' | 'nested_too_deep' | 'duplicate_member';

/** Parses JSON. Doubles that print as what was written stay numbers; all other numbers keep their digits. */
export function parseExactJson(text: string): ParsedJson {
  const members = countColons(text);
  if (members === undefined) {
    return { ok: false, code: 'nested_too_deep', message: `JSON is nested deeper than ${DEPTH_MAX} levels` };
  }
  let value: unknown;
  try {
    value = LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { ok: false, code: 'malformed_json', message: `not JSON: ${error.message.slice(0, 200)}` };
  }
  if (countMembers(value) < members) {
    return { ok: false, code: 'duplicate_member', message: 'a name may stand only once in an object' };
  }
  return { ok: true, value };
}

/** The third argument is what the text said at this place; the compiler's library does not list it yet. */
function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  return String(value) === context.source ? value : rawNumber(context.source);
}

/** Colons outside texts: as many as there are members, repeated ones too. Undefined if brackets nest too deep. */
function countColons(text: string): number | undefined {
  let depth = 0;
  let colons = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      i = endOfText(text, i + 1);
    } else if (code === 0x3a) {
      colons += 1;
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > DEPTH_MAX) return undefined;
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
    }
  }
  return colons;
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const element of value) members += countMembers(element);
    return members;
  }
  for (const key in value) {
    const member = (value as Readonly<Record<string, unknown>>)[key];
    members += typeof member === 'object' ? 1 + countMembers(member) : 1;
  }
  return members;
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
