// Owns the one text form of an event's properties: what is hashed, what is stored. Keys sorted, numbers plain and exact.
// Refuses what Postgres or a later reader could not hold: NUL, lone surrogates, depth, size, numbers out of range.
import { numberText } from '#actors/usage/property.ts';
import { isRawNumber } from '#actors/usage/raw-number.ts';
import { pointerStep, type UsageProblem } from './usage-problem.ts';

export const PROPERTIES_BYTES_MAX = 8_192;
export const PROPERTIES_DEPTH_MAX = 8;

/** Doubles in this range print without an exponent. */
const PLAIN_MIN = 1e-6;
const PLAIN_MAX = Number.MAX_SAFE_INTEGER;

type Fault = { readonly path: string; readonly code: string; readonly message: string };

/** Canonical JSON of an object, or the first problem in it, under `pointer`. Members that are undefined count as absent. */
export function canonicalProperties(properties: object, pointer: string): string | UsageProblem {
  const quick = isPlain(properties) ? JSON.stringify(properties) : undefined;
  // An escape may be a NUL or a lone surrogate: only the slow way looks.
  const text = quick === undefined || quick.includes('\\u') ? writeObject(properties, 1) : quick;
  if (typeof text !== 'string') {
    return { pointer: pointer + text.path, code: text.code, message: text.message };
  }
  if (text.length * 3 > PROPERTIES_BYTES_MAX && Buffer.byteLength(text) > PROPERTIES_BYTES_MAX) {
    return {
      pointer,
      code: 'properties_too_large',
      message: `properties may have ${PROPERTIES_BYTES_MAX} bytes`,
    };
  }
  return text;
}

/** Flat, sorted, and without a number that JSON.stringify would print in another way than the slow path. */
function isPlain(properties: object): boolean {
  let last = '';
  for (const [key, value] of Object.entries(properties)) {
    if (key < last) return false;
    last = key;
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) continue;
    if (typeof value !== 'number' || !isPlainNumber(value)) return false;
  }
  return true;
}

function isPlainNumber(value: number): boolean {
  const size = Math.abs(value);
  return size === 0 || (size >= PLAIN_MIN && size <= PLAIN_MAX);
}

function write(value: unknown, depth: number): string | Fault {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'string') return writeText(value);
  if (typeof value === 'number' || typeof value === 'bigint' || isRawNumber(value)) {
    return (
      numberText(value) ?? {
        path: '',
        code: 'number_out_of_range',
        message: 'numbers may have 30 digits on each side of the point; send integers beyond 2^53 as text',
      }
    );
  }
  if (typeof value !== 'object')
    return { path: '', code: 'not_json', message: `JSON has no ${typeof value}` };
  if (depth > PROPERTIES_DEPTH_MAX) {
    return {
      path: '',
      code: 'nested_too_deep',
      message: `properties may nest ${PROPERTIES_DEPTH_MAX} levels deep`,
    };
  }
  return Array.isArray(value) ? writeList(value, depth) : writeObject(value, depth);
}

function writeText(value: string): string | Fault {
  if (!isStorable(value)) {
    return { path: '', code: 'invalid_text', message: 'text may not hold NUL or half of a surrogate pair' };
  }
  return JSON.stringify(value);
}

function writeList(values: readonly unknown[], depth: number): string | Fault {
  const written: string[] = [];
  for (const [index, value] of values.entries()) {
    const text = write(value, depth + 1);
    if (typeof text !== 'string') return { ...text, path: `/${index}${text.path}` };
    written.push(text);
  }
  return `[${written.join(',')}]`;
}

function writeObject(value: object, depth: number): string | Fault {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return { path: '', code: 'not_json', message: 'only plain objects, lists, texts, numbers and booleans' };
  }
  const members: string[] = [];
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, member] of entries) {
    if (member === undefined) continue;
    const name = writeText(key);
    const text = typeof name === 'string' ? write(member, depth + 1) : name;
    if (typeof text !== 'string') return { ...text, path: `${pointerStep(key.slice(0, 100))}${text.path}` };
    members.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${members.join(',')}}`;
}

/** Whether Postgres can hold the text: no NUL, no lone surrogate. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
