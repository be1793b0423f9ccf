// Owns how a property of a usage event is read: as exact decimal, or as text that filters and dimensions compare.
// A number that a double cannot hold keeps its own digits (raw-number.ts); nothing here computes with floats.
import { parseDecimal, printDecimal } from '#actors/money/decimal.ts';
import { isRawNumber } from './raw-number.ts';

export type Properties = Readonly<Record<string, unknown>>;

/** Plain notation that needs no parsing: up to 15 digits, no leading or trailing zeros to cut. */
const PLAIN = /^(?:0|-?(?:[1-9]\d{0,14}|(?:0|[1-9]\d{0,6})\.\d{0,7}[1-9]))$/;

/** The exact decimal of a number, or of a text that is one, in plain notation; undefined if it is neither. */
export function propertyDecimal(value: unknown): string | undefined {
  return typeof value === 'string' ? decimalText(value) : numberText(value);
}

/** A text as it is, a number in plain notation, a boolean as its name; undefined for anything else. */
export function propertyText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return numberText(value);
}

/**
 * Plain notation of a JSON number. Undefined for what is no number, has more than 30 digits on a side of the point, or
 * is an integer beyond 2^53 held in a double: its digits are not known to be the ones that were meant.
 */
export function numberText(value: unknown): string | undefined {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return value === 0 ? '0' : String(value);
    return Number.isInteger(value) ? undefined : decimalText(String(value));
  }
  if (typeof value === 'bigint') return decimalText(value.toString());
  return isRawNumber(value) ? decimalText(value.rawJSON) : undefined;
}

function decimalText(text: string): string | undefined {
  if (PLAIN.test(text)) return text;
  const value = parseDecimal(text);
  return value === undefined ? undefined : printDecimal(value);
}
