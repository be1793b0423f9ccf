// Owns the one text form of an event's properties: what is hashed, what is stored. Keys sorted, numbers plain and exact.
// Refuses what Postgres or a later reader could not hold: NUL, lone surrogates, depth, size, numbers out of range.
import { numberText } from '#actors/usage/property.ts';
import { isRawNumber } from '#actors/usage/raw-number.ts';
import { pointerStep, type UsageProblem } from './usage-problem.ts';

const PROPERTIES_BYTES_MAX = 8_192;
const PROPERTIES_DEPTH_MAX = 8;

/** Doubles in this range print without an exponent. */
const PLAIN_MIN = 1e-6;
const PLAIN_MAX = Number.MAX_SAFE_INTEGER;

type Fault = { readonly path: string; readonly code: string; readonly message: string };
/** Characters that may still be written: a body of megabytes is not walked to its end to learn that it is too large. */
type Room = { left: number };

const TOO_LARGE: Fault = {
  path: '',
  code: 'properties_too_large',
  message: `properties may have ${PROPERTIES_BYTES_MAX} bytes`,
};

/** Canonical JSON of an object, or the first problem in it, under `pointer`. Members that are undefined count as absent. */
export function canonicalProperties(properties: object, pointer: string): string | UsageProblem {
  const quick = isPlain(properties) ? JSON.stringify(properties) : undefined;
  // An escape may be a NUL or a lone surrogate: only the slow way looks.
  const text =
    quick === undefined || quick.includes('\\u')
      ? writeObject(properties, 1, { left: PROPERTIES_BYTES_MAX })
      : quick;
  if (typeof text !== 'string') {
    return { pointer: pointer + text.path, code: text.code, message: text.message };
  }
  if (text.length * 3 > PROPERTIES_BYTES_MAX && Buffer.byteLength(text) > PROPERTIES_BYTES_MAX) {
    return { pointer, code: TOO_LARGE.code, message: TOO_LARGE.message };
  }
  return text;
}

/** Flat, sorted, and without a number that JSON.stringify would print in another way than the slow path. */
function isPlain(properties: object): boolean {
  if (!isPlainObject(properties)) return false;
  let last = '';
  for (const key in properties) {
    const value = (properties as Readonly<Record<string, unknown>>)[key];
    if (key < last) return false;
    last = key;
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) continue;
    if (typeof value !== 'number' || !isPlainNumber(value)) return false;
  }
  return true;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isPlainNumber(value: number): boolean {
  const size = Math.abs(value);
  return size === 0 || (size >= PLAIN_MIN && size <= PLAIN_MAX);
}

function write(value: unknown, depth: number, room: Room): string | Fault {
  if (typeof value === 'object' && value !== null && !isRawNumber(value)) {
    if (depth > PROPERTIES_DEPTH_MAX) {
      const message = `properties may nest ${PROPERTIES_DEPTH_MAX} levels deep`;
      return { path: '', code: 'nested_too_deep', message };
    }
    if (typeof spend(room, '{') !== 'string') return TOO_LARGE;
    return Array.isArray(value) ? writeList(value, depth, room) : writeObject(value, depth, room);
  }
  const text = writeLeaf(value);
  return typeof text === 'string' ? spend(room, text) : text;
}

function writeLeaf(value: unknown): string | Fault {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return writeText(value);
  if (typeof value !== 'number' && typeof value !== 'bigint' && !isRawNumber(value)) {
    return { path: '', code: 'not_json', message: `JSON has no ${typeof value}` };
  }
  const message = 'numbers may have 30 digits on each side of the point; send integers beyond 2^53 as text';
  return numberText(value) ?? { path: '', code: 'number_out_of_range', message };
}

function spend(room: Room, text: string): string | Fault {
  // Each text comes with a comma or a colon.
  room.left -= text.length + 1;
  return room.left < 0 ? TOO_LARGE : text;
}

function writeText(value: string): string | Fault {
  if (isStorable(value)) return JSON.stringify(value);
  return { path: '', code: 'invalid_text', message: 'text may not hold NUL or half of a surrogate pair' };
}

function writeList(values: readonly unknown[], depth: number, room: Room): string | Fault {
  const written: string[] = [];
  for (const [index, value] of values.entries()) {
    const text = write(value, depth + 1, room);
    if (typeof text !== 'string')
      return text === TOO_LARGE ? text : { ...text, path: `/${index}${text.path}` };
    written.push(text);
  }
  return `[${written.join(',')}]`;
}

function writeObject(value: object, depth: number, room: Room): string | Fault {
  if (!isPlainObject(value)) {
    return { path: '', code: 'not_json', message: 'only plain objects, lists, texts, numbers and booleans' };
  }
  const keys = Object.keys(value);
  // Each member takes five characters at least; sorting comes after the doubt.
  if (keys.length * 5 > PROPERTIES_BYTES_MAX) return TOO_LARGE;
  const members: string[] = [];
  for (const key of keys.sort()) {
    const member = (value as Readonly<Record<string, unknown>>)[key];
    if (member === undefined) continue;
    const text = writeMember(key, { member, depth, room });
    if (typeof text === 'string') members.push(text);
    else
      return text === TOO_LARGE ? text : { ...text, path: `${pointerStep(key.slice(0, 100))}${text.path}` };
  }
  return `{${members.join(',')}}`;
}

function writeMember(key: string, of: { member: unknown; depth: number; room: Room }): string | Fault {
  const name = writeText(key);
  if (typeof name !== 'string') return name;
  const spent = spend(of.room, name);
  if (typeof spent !== 'string') return spent;
  const text = write(of.member, of.depth + 1, of.room);
  return typeof text === 'string' ? `${name}:${text}` : text;
}

/** Whether Postgres can hold the text: no NUL, no lone surrogate. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
