// Owns what is said of a bug for which a charge or a customer is set aside, in a form that can be stored.

/** Enough to find the bug, short enough to show. */
const CHARS_MAX = 500;

/** The message, without NUL and half characters, which Postgres does not keep in text or in JSON. */
export function parkedReason(bug: unknown): string {
  const message = bug instanceof Error ? bug.message : String(bug);
  return message.replaceAll('\0', '').slice(0, CHARS_MAX).toWellFormed();
}
