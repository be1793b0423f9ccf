// Owns the step from bytes to a JSON value that can be stored and written again unchanged. Whatever could be lost on the
// way (digits, repeated members, bad text, depth) is refused with a code and a pointer.
import { type FieldError, type Refusal, refuse, refuseFields } from '#http/problem.ts';
import { decodeUtf8 } from './decode-utf8.ts';
import { isExactNumber } from './exact-number.ts';
import { scanJson } from './json-scan.ts';

/** JSON.stringify overflows the stack from a depth of about 10,000; no request of ours needs more than this. */
export const JSON_DEPTH_MAX = 32;
const ERRORS_MAX = 20;

export type Parsed = { readonly ok: true; readonly value: unknown };

/** Parses UTF-8 JSON bytes. Refuses with malformed_utf8 or any code of {@link parseJsonText}. */
export function parseJson(bytes: Uint8Array): Parsed | Refusal {
  const decoded = decodeUtf8(bytes);
  return decoded.ok ? parseJsonText(decoded.text) : decoded;
}

/** Parses JSON text. Codes: nested_too_deep, malformed_json, duplicate_member, number_not_exact, text_not_storable, member_not_allowed. */
export function parseJsonText(text: string): Parsed | Refusal {
  const scan = scanJson(text, JSON_DEPTH_MAX);
  if (!scan.shallow) return refuse('nested_too_deep', `JSON may nest at most ${JSON_DEPTH_MAX} levels deep.`);
  const parsed = read(text, scan.doubtfulNumber);
  if (parsed === undefined) return refuse('malformed_json', 'The body must be one JSON value.');

  const walk = { members: 0, errors: [] as FieldError[] };
  inspect(parsed.value, '', walk);
  const [first] = walk.errors;
  if (first !== undefined) return refuseFields(first.code, first.message, walk.errors);
  if (walk.members !== scan.members) {
    return refuse('duplicate_member', 'A member name may appear only once in an object.');
  }
  return { ok: true, value: parsed.value };
}

/** Marks the place in the parsed value where a number lost digits, so that the walk can point at it. */
const LOST = Symbol('lost number');
type LostNumber = { readonly [LOST]: string };

function read(text: string, doubtfulNumber: boolean): { value: unknown } | undefined {
  try {
    return { value: doubtfulNumber ? JSON.parse(text, markLost) : JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function markLost(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  return isExactNumber(context.source) ? value : { [LOST]: context.source };
}

/** Depth is bounded by the scan, so recursion is safe here. */
function inspect(value: unknown, pointer: string, walk: { members: number; errors: FieldError[] }): void {
  if (walk.errors.length >= ERRORS_MAX) return;
  if (typeof value === 'string') {
    if (!isStorable(value)) walk.errors.push(badText(pointer));
  } else if (isLost(value)) {
    walk.errors.push({
      pointer,
      code: 'number_not_exact',
      message: `${value[LOST].slice(0, 40)} would lose digits; send it as a string`,
    });
  } else if (Array.isArray(value)) {
    for (const [index, entry] of value.entries()) inspect(entry, `${pointer}/${index}`, walk);
  } else if (typeof value === 'object' && value !== null) {
    inspectMembers(value, pointer, walk);
  }
}

function inspectMembers(
  object: object,
  pointer: string,
  walk: { members: number; errors: FieldError[] },
): void {
  for (const [name, member] of Object.entries(object)) {
    walk.members += 1;
    if (name === '__proto__') {
      walk.errors.push({
        pointer,
        code: 'member_not_allowed',
        message: 'a member may not be called __proto__',
      });
    } else if (!isStorable(name)) {
      walk.errors.push(badText(pointer));
    } else {
      inspect(member, `${pointer}/${escapePointer(name)}`, walk);
    }
  }
}

function isLost(value: unknown): value is LostNumber {
  return typeof value === 'object' && value !== null && LOST in value;
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function badText(pointer: string): FieldError {
  return {
    pointer,
    code: 'text_not_storable',
    message: 'text must be well-formed Unicode without NUL',
  };
}

/** RFC 6901. */
export function escapePointer(name: string): string {
  return name.includes('~') || name.includes('/') ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name;
}
