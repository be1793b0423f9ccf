// Owns ending a term of several periods before its time.
import { compareInstants } from '#actors/calendar/instants.ts';
import type { Charge } from '#actors/state/charge.ts';
import type { Instant } from '#actors/state/scalars.ts';
import type { Workspace } from '#actors/workspace.ts';

/** A term ends with the service that it was made for. */
export function endTerm(work: Workspace, charge: Charge, at: Instant): void {
  const { rating, status } = charge;
  const isLast = charge.serviceEnd.equals(at) && (status === 'created' || status === 'active');
  if (rating?.term === undefined || !isLast || compareInstants(at, rating.term.end) >= 0) return;
  work.put('charges', { ...charge, rating: { ...rating, term: { ...rating.term, end: at } } });
}
