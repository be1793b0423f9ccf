// Owns usage that arrives after its charge was billed: the whole period is rated again, what is booked is subtracted, and the
// difference becomes its own line on the next invoice, at its marginal price (rulings R3, R4, R7).
import { compareInstants, isDue } from '#actors/calendar/instants.ts';
import { periodText } from '#actors/calendar/period-text.ts';
import { parkCharge } from '#actors/charges/advance-charges.ts';
import { completeRun, openRun, realize } from '#actors/charges/runs.ts';
import { surroundingsOf } from '#actors/charges/surroundings.ts';
import { quantityOf } from '#actors/charges/usage-need.ts';
import type { StaleBucket } from '#actors/customer-state.ts';
import { addLine, draftFor, groupKey } from '#actors/invoicing/draft.ts';
import { decimal } from '#actors/money/decimal.ts';
import { rateCounted } from '#actors/pricing/rate-run.ts';
import type { Charge, UsageCharge } from '#actors/state/charge.ts';
import type { Quantity } from '#actors/state/facts.ts';
import type { RealizationRun } from '#actors/state/realization-run.ts';
import type { Surroundings } from '#actors/state/run-explanation.ts';
import type { Instant } from '#actors/state/scalars.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Re-rates closed charges whose usage changed, and seals those whose time for lateness is over. */
export function billLateUsage(work: Workspace): void {
  for (const stale of work.state.stale) account(work, stale);
  for (const charge of work.all('charges')) {
    if (isUnsealed(charge) && charge.parkedAt === null && isDue(charge.lateCheckAt, work.now)) {
      orPark(work, charge, () => seal(work, charge));
    }
  }
}

function account(work: Workspace, stale: StaleBucket): void {
  const charges = work.all('charges').filter((charge) => covers(charge, stale));
  let accounted = true;
  for (const charge of charges) {
    // What a parked charge did not bill stays marked until its release.
    if (charge.parkedAt !== null) accounted = false;
    else if (isUnsealed(charge)) accounted = orPark(work, charge, () => recheck(work, charge)) && accounted;
    // A closed charge that is not rated yet counts what came before its cutoff; what comes after is looked at then.
    else if (charge.advanceAt !== null && isDue(charge.serviceEnd, work.now)) accounted = false;
  }
  if (accounted) work.accountedStale(stale);
}

function covers(charge: Charge, stale: StaleBucket): boolean {
  if (charge.meterId !== stale.meterId || charge.status === 'deleted') return false;
  const bucketEnd = stale.bucket.add({ hours: 1 });
  // What earlier periods used decides what this one pays, for as long as the price counts them.
  const since = charge.rating?.since ?? charge.serviceStart;
  return compareInstants(since, bucketEnd) < 0 && compareInstants(charge.serviceEnd, stale.bucket) > 0;
}

function isUnsealed(charge: Charge): charge is UsageCharge {
  return charge.kind === 'usage_based' && charge.status === 'final' && charge.lateCheckAt !== null;
}

/** A bug in the rating parks the charge; its siblings go on. False when it did. */
function orPark<T>(work: Workspace, charge: UsageCharge, attempt: () => T): T | false {
  const undo = work.savepoint();
  try {
    return attempt();
  } catch (bug) {
    undo();
    parkCharge(work, work.get('charges', charge.id), bug);
    return false;
  }
}

/** Books the difference between all stored usage and what is booked. False while the quantity is not loaded. */
function recheck(work: Workspace, charge: UsageCharge): boolean {
  const counted = work.quantity(quantityOf(charge, null));
  const around = surroundingsOf(work, charge);
  if (counted === undefined || around === undefined) return false;
  const current = work.get('charges', charge.id);
  if (isOtherwise(work, current, { counted, around })) bookLate(work, current, counted);
  return true;
}

/** Parts can change where their sum does not, so what is rated on parts is rated again. */
function isOtherwise(
  work: Workspace,
  charge: Charge,
  { counted, around }: { counted: Quantity; around: Surroundings },
): boolean {
  if (!decimal(counted.quantity).equals(charge.bookedQuantity)) return true;
  if (charge.rating === null) return false;
  const { currency } = charge;
  return (
    rateCounted(work.price(charge.priceId), counted, { currency, around }).amount !== charge.bookedAmount
  );
}

function bookLate(work: Workspace, charge: Charge, counted: Quantity): void {
  const open = openRun(work, charge, {
    kind: 'late_usage',
    periodEnd: charge.serviceEnd,
    cutoffAt: work.now,
  });
  const price = work.price(charge.priceId);
  const { run, bookedAmount, bookedQuantity } = realize(work, charge, { run: open, counted });
  if (waived(work, bookedAmount)) {
    completeRun(work, charge, { ...run, disposition: 'waived' });
    return;
  }
  const draft = draftFor(work, charge.currency, nextBoundary(work, charge));
  const period = periodText({ start: charge.serviceStart, end: charge.serviceEnd }, work.customer().zone);
  const line = addLine(work, draft, {
    charge,
    run,
    kind: 'late_usage',
    description: `${price.name}, late usage of ${period}`,
    quantity: bookedQuantity,
    unitAmount: null,
    amount: bookedAmount,
  });
  completeRun(work, charge, { ...run, lineId: line.id });
}

function waived(work: Workspace, amount: RealizationRun['bookedAmount']): boolean {
  if (amount === 0n || amount === null) return true;
  const policy = work.state.tenant.lateUsagePolicy;
  return policy === 'ignore' || (policy === 'credit_note_only' && amount > 0n);
}

/** The draft that is still open for this group, else the end of a running period, else an invoice of its own now. */
function nextBoundary(work: Workspace, charge: Charge): Instant {
  const key = groupKey(work, charge.currency);
  const drafts = work
    .all('invoices')
    .filter((invoice) => invoice.status === 'draft' && invoice.groupKey === key);
  const running = work
    .all('subscriptions')
    .filter((s) => s.endedAt === null && s.currency === charge.currency);
  const boundaries = [...drafts.map((draft) => draft.boundaryAt), ...running.map((s) => s.periodEnd)];
  return boundaries.sort(compareInstants)[0] ?? work.now;
}

/** Looks once more, then stops looking: later events are stored and answered accepted_unbilled (ruling R7). */
function seal(work: Workspace, charge: UsageCharge): void {
  if (!recheck(work, charge)) return;
  work.put('charges', { ...work.get('charges', charge.id), lateCheckAt: null, sealedAt: work.now });
}
