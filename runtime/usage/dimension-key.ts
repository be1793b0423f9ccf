// Owns the key of a set of dimensions that is known from storage only: the one that ingest makes of the same values.
import { textKey } from '#runtime/ingest/event-identity.ts';

/** `dimensions` is the stored JSON object; null without. Meters are read with their dimensions by name. */
export function dimensionKeyOf(dimensions: string | null): string {
  if (dimensions === null) return '';
  const values = Object.entries(JSON.parse(dimensions) as Record<string, string | null>);
  const byName = values.sort(([a], [b]) => (a < b ? -1 : 1));
  return textKey(JSON.stringify(Object.fromEntries(byName)));
}
