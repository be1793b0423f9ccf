// Owns what the fields of a price may hold. A bad field leaves a problem and a harmless value, so that reading goes on
// and one answer names everything that is wrong.
import { type Dec, decimal, parseDecimal, printDecimal } from '#actors/money/decimal.ts';
import { type Fields, pointerTo, readFields } from '#actors/pricing/fields.ts';

/** Largest amount a price may name, in major units. */
const AMOUNT_MAX = '1000000000000000';

/** Largest quantity a price may name: a bound, a size, an allowance. */
const QUANTITY_MAX = '1000000000000000';

/** Largest factor or percentage. */
const FACTOR_MAX = '1000000000';

const TEXT_CHARS_MAX = 200;

type Bounds = { readonly above: boolean; readonly max: string };

const AMOUNT: Bounds = { above: false, max: AMOUNT_MAX };
const QUANTITY: Bounds = { above: true, max: QUANTITY_MAX };
const FACTOR: Bounds = { above: true, max: FACTOR_MAX };
const RATE: Bounds = { above: false, max: FACTOR_MAX };
const SHARE: Bounds = { above: false, max: '100' };

/** An amount in major units of at least 0, as normalized decimal text. */
export const amount = (fields: Fields, name: string): string => required(fields, name, AMOUNT);

export const optionalAmount = (fields: Fields, name: string): string | undefined =>
  optional(fields, name, AMOUNT);

/** A quantity above 0. */
export const positive = (fields: Fields, name: string): string => required(fields, name, QUANTITY);

export const optionalPositive = (fields: Fields, name: string): string | undefined =>
  optional(fields, name, QUANTITY);

/** A number above 0 to multiply or divide by. */
export const factor = (fields: Fields, name: string): string => required(fields, name, FACTOR);

/** A percentage of at least 0, without an upper end worth naming. */
export const percentRate = (fields: Fields, name: string): string => required(fields, name, RATE);

/** A percentage from 0 to 100. */
export const optionalPercentShare = (fields: Fields, name: string): string | undefined =>
  optional(fields, name, SHARE);

/** As positive, or null. Undefined, with a problem, for anything else. */
export function nullablePositive(fields: Fields, name: string): string | null | undefined {
  if (fields.take(name) === null) return null;
  const known = fields.problems.length;
  const read = positive(fields, name);
  return fields.problems.length > known ? undefined : read;
}

/** A whole number between two ends, both included. */
function wholeNumber(fields: Fields, name: string, ends: readonly [number, number]): number {
  const found = fields.take(name);
  const [least, most] = ends;
  if (typeof found === 'number' && Number.isInteger(found) && found >= least && found <= most) return found;
  fields.problem(name, `must be a whole number from ${least} to ${most}`);
  return least;
}

export function optionalWhole(
  fields: Fields,
  name: string,
  ends: readonly [number, number],
): number | undefined {
  return fields.take(name) === undefined ? undefined : wholeNumber(fields, name, ends);
}

export function oneOf<T extends string>(fields: Fields, name: string, choices: readonly T[]): T | undefined {
  const found = fields.take(name);
  const chosen = choices.find((choice) => choice === found);
  if (chosen === undefined) fields.problem(name, `must be one of ${choices.join(', ')}`);
  return chosen;
}

/** The first choice stands for absence. */
export function choice<T extends string>(fields: Fields, name: string, choices: readonly [T, ...T[]]): T {
  const [fallback] = choices;
  return fields.take(name) === undefined ? fallback : (oneOf(fields, name, choices) ?? fallback);
}

export function optionalFlag(fields: Fields, name: string): boolean | undefined {
  const found = fields.take(name);
  if (found === undefined || typeof found === 'boolean') return found;
  fields.problem(name, 'must be true or false');
  return undefined;
}

export const optionalText = (fields: Fields, name: string): string | undefined =>
  fields.take(name) === undefined ? undefined : text(fields, name);

/** Text of 1 to 200 characters that a database can hold. */
function text(fields: Fields, name: string): string {
  const found = fields.take(name);
  if (isText(found)) return found;
  fields.problem(name, `must be text of 1 to ${TEXT_CHARS_MAX} characters`);
  return '';
}

/** The elements of an array with 1 to `max` elements. */
function list(fields: Fields, name: string, max: number): readonly unknown[] {
  const found = fields.take(name);
  if (Array.isArray(found) && found.length > 0 && found.length <= max) return found;
  fields.problem(name, `must be a list of 1 to ${max} elements`);
  return [];
}

/** The fields of each element of a list; elements that are no objects leave a problem. */
export function objects(fields: Fields, name: string, max: number): Fields[] {
  return list(fields, name, max).flatMap((element, position) => {
    const pointer = `${pointerTo(fields.pointer, name)}/${position}`;
    return readFields(element, pointer, fields.problems) ?? [];
  });
}

/** The fields of an object in a field; undefined when the field is absent, or is no object, which leaves a problem. */
export function optionalObject(fields: Fields, name: string): Fields | undefined {
  const found = fields.take(name);
  if (found === undefined) return undefined;
  return readFields(found, pointerTo(fields.pointer, name), fields.problems);
}

/** All fields of an object as texts, 1 to `max` of them. */
export function texts(fields: Fields, max: number): Readonly<Record<string, string>> {
  const names = fields.names();
  if (names.length === 0 || names.length > max || !names.every(isText)) {
    fields.problems.push({ pointer: fields.pointer, message: `must name 1 to ${max} texts` });
    return {};
  }
  return Object.fromEntries(names.map((name) => [name, text(fields, name)]));
}

function isText(value: unknown): value is string {
  const fits = typeof value === 'string' && value.length > 0 && value.length <= TEXT_CHARS_MAX;
  return fits && value.isWellFormed() && !value.includes('\0');
}

function required(fields: Fields, name: string, bounds: Bounds): string {
  const read = optional(fields, name, bounds);
  if (read === undefined) fields.problem(name, 'is required');
  return read ?? '0';
}

function optional(fields: Fields, name: string, bounds: Bounds): string | undefined {
  const found = fields.take(name);
  if (found === undefined) return undefined;
  const read = readDecimal(found, bounds);
  if (typeof read === 'string') fields.problem(name, read);
  return typeof read === 'string' ? '0' : printDecimal(read);
}

function readDecimal(found: unknown, { above, max }: Bounds): Dec | string {
  const read = typeof found === 'string' ? parseDecimal(found) : undefined;
  if (read === undefined) return 'must be a decimal as text, such as "0.000012"';
  if (read.isZero()) return above ? 'must be above 0' : read;
  if (read.isNegative()) return above ? 'must be above 0' : 'must not be negative';
  return read.greaterThan(decimal(max)) ? `must be at most ${max}` : read;
}
