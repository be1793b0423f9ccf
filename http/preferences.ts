// Owns the headers by which a caller says how to be answered: Idempotency-Key and Prefer (RFC 7240).
import { type Refusal, refuseFields } from './problem.ts';

const WAIT_SECONDS_DEFAULT = 10;
/** Below the 30 s after which platform routers give up. */
const WAIT_SECONDS_MAX = 25;
const KEY_FORM = /^[\x21-\x7e]{1,255}$/;

export type Preferences = {
  readonly idempotencyKey: string | undefined;
  /** 0: answer at once with where to look. */
  readonly waitMs: number;
  /** The caller asked not to wait. */
  readonly respondAsync: boolean;
};

/** Reads both headers. A key of another form, or a wait that is no number, is refused rather than guessed. */
export function readPreferences(headers: Headers): ({ ok: true } & Preferences) | Refusal {
  const key = headers.get('idempotency-key') ?? undefined;
  if (key !== undefined && !KEY_FORM.test(key)) {
    return badHeader('Idempotency-Key', 'must be 1 to 255 printable ASCII characters without spaces');
  }
  const wanted = preferences(headers.get('prefer') ?? '');
  const respondAsync = wanted.has('respond-async');
  const wait = wanted.get('wait');
  if (wait !== undefined && !/^\d{1,9}$/.test(wait)) {
    return badHeader('Prefer', 'wait must be a whole number of seconds');
  }
  // Prefer is a wish: more than the most is answered with the most.
  const seconds = Math.min(wait === undefined ? WAIT_SECONDS_DEFAULT : Number(wait), WAIT_SECONDS_MAX);
  return { ok: true, idempotencyKey: key, respondAsync, waitMs: respondAsync ? 0 : seconds * 1000 };
}

/** `respond-async, wait=5` → names and values; the first of a name counts, unknown names are ignored, as RFC 7240 asks. */
function preferences(header: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const part of header.split(',')) {
    const [preference = ''] = part.split(';');
    const [name = '', value = ''] = preference.split('=');
    const key = name.trim().toLowerCase();
    if (key !== '' && !found.has(key)) found.set(key, value.trim().replace(/^"(.*)"$/, '$1'));
  }
  return found;
}

function badHeader(parameter: string, message: string): Refusal {
  return refuseFields('invalid_header', `The header ${parameter} is not valid.`, [
    { parameter, code: 'invalid_header', message },
  ]);
}
