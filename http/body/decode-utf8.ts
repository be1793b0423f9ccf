// Owns reading bytes as text: what is not UTF-8 is refused, nothing is replaced or skipped.
import { type Refusal, refuse } from '#http/problem.ts';

/** ignoreBOM keeps a byte order mark in the text, where JSON refuses it. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function decodeUtf8(bytes: Uint8Array): { readonly ok: true; readonly text: string } | Refusal {
  try {
    return { ok: true, text: utf8.decode(bytes) };
  } catch {
    return refuse('malformed_utf8', 'The body must be UTF-8.');
  }
}
