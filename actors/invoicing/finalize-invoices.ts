// Owns the moment a draft becomes an open invoice: when its lines are in, it takes a number, posts, and asks to be collected.
import { compareInstants, daysAfter, isSameInstant, laterOf } from '#actors/calendar/instants.ts';
import { localDay } from '#actors/calendar/local-day.ts';
import { issueCharge } from '#actors/charges/issue-charge.ts';
import { invoiceSnapshot } from '#actors/events/snapshots.ts';
import { draftFor, groupKey } from '#actors/invoicing/draft.ts';
import { payWhenSettled } from '#actors/invoicing/settle.ts';
import { finalizeJournal } from '#actors/ledger/invoice-journals.ts';
import { invoiceMachine } from '#actors/machines/invoice-machine.ts';
import { mustStep } from '#actors/machines/step.ts';
import type { Charge } from '#actors/state/charge.ts';
import type { Invoice, InvoiceLine } from '#actors/state/invoice.ts';
import type { Instant } from '#actors/state/scalars.ts';
import type { Workspace } from '#actors/workspace.ts';

/** A parked charge holds its draft this long, then goes on a supplement when released (ruling R15). */
const PARKED_HOLD_HOURS = 72;

/** Finalizes every draft whose time has come and whose charges are all in. */
export function finalizeInvoices(work: Workspace): void {
  for (const { id } of work.all('invoices')) {
    // Read again: an earlier draft may have put its credits on this one.
    const draft = work.get('invoices', id);
    if (draft.status !== 'draft' || draft.finalizeAt === null) continue;
    if (compareInstants(draft.finalizeAt, work.now) > 0 || isBoundaryAhead(work, draft)) continue;
    const waitUntil = missingUntil(work, draft);
    if (waitUntil === null) finalize(work, draft);
    else if (compareInstants(waitUntil, draft.finalizeAt) > 0)
      work.put('invoices', { ...draft, finalizeAt: waitUntil });
  }
}

/** While a subscription has not rolled past the draft's boundary, the fee of its next period is still to come. */
function isBoundaryAhead(work: Workspace, draft: Invoice): boolean {
  const ahead = work.find(
    'subscriptions',
    ({ status, endedAt, periodEnd }) =>
      status !== 'scheduled' && endedAt === null && compareInstants(periodEnd, draft.boundaryAt) <= 0,
  );
  return ahead !== undefined;
}

/** Until when charges of this boundary keep the draft open; null when all of them are in. */
function missingUntil(work: Workspace, draft: Invoice): Instant | null {
  let until: Instant | null = null;
  for (const charge of work.all('charges')) {
    if (isIn(charge) || !belongsTo(work, charge, draft)) continue;
    const waits =
      charge.parkedAt === null ? charge.advanceAt : charge.parkedAt.add({ hours: PARKED_HOLD_HOURS });
    if (waits === null || (charge.parkedAt !== null && compareInstants(waits, work.now) <= 0)) continue;
    until = until === null ? waits : laterOf(until, waits);
  }
  return until;
}

function belongsTo(work: Workspace, charge: Charge, draft: Invoice): boolean {
  return (
    isSameInstant(charge.billedAt, draft.boundaryAt) && groupKey(work, charge.currency) === draft.groupKey
  );
}

function isIn(charge: Charge): boolean {
  return (
    charge.advanceAt === null ||
    charge.status === 'issuing' ||
    charge.status === 'active.final_realization.issuing'
  );
}

function finalize(work: Workspace, draft: Invoice): void {
  const lines = linesOf(work, draft);
  if (draft.total < 0n) {
    deferNegativeLines(work, draft, lines);
    return;
  }
  const status = mustStep(
    invoiceMachine,
    { status: draft.status, event: 'finalize' },
    {
      hasLines: lines.length > 0,
      isSettled: draft.total === 0n,
    },
  );
  const { invoiceDueDays, entityZone } = work.state.tenant;
  const open: Invoice = {
    ...draft,
    status,
    number: work.mintNumber(),
    finalizeAt: null,
    issuedAt: work.now,
    issueDate: localDay(work.now, entityZone),
    dueAt: daysAfter(work.now, invoiceDueDays),
    nextAttemptAt: draft.collectionMethod === 'charge_automatically' && draft.total > 0n ? work.now : null,
  };
  work.put('invoices', open);
  const frozen = lines.map((line) => work.put('lines', { ...line, frozen: true }));
  for (const line of frozen) issueCharge(work, line);
  if (frozen.some(({ amount }) => amount !== 0n)) work.post(finalizeJournal(open, frozen));
  work.emit({
    type: 'billing.invoice.created',
    objectType: 'invoice',
    objectId: open.id,
    data: invoiceSnapshot(work, open),
    previous: { status: 'draft' },
  });
  payWhenSettled(work, open);
}

function linesOf(work: Workspace, invoice: Invoice): InvoiceLine[] {
  return work
    .all('lines')
    .filter((line) => line.invoiceId === invoice.id)
    .sort((a, b) => a.position - b.position);
}

/** No invoice total is negative (ruling R3): credits for late corrections wait for the next boundary's lines. */
function deferNegativeLines(work: Workspace, draft: Invoice, lines: readonly InvoiceLine[]): void {
  const boundaryAt = nextBoundary(work, draft);
  const moved = lines.filter((line) => line.kind === 'late_usage' && line.amount < 0n);
  if (moved.length === lines.length) {
    work.put('invoices', { ...draft, kind: 'supplement', boundaryAt, finalizeAt: boundaryAt });
    return;
  }
  const later = draftFor(work, draft.currency, boundaryAt);
  const base = linesOf(work, later).at(-1)?.position ?? 0;
  for (const [index, line] of moved.entries()) {
    work.put('lines', { ...line, invoiceId: later.id, position: base + index + 1 });
  }
  const sum = moved.reduce((total, line) => total + line.amount, 0n);
  work.put('invoices', { ...later, subtotal: later.subtotal + sum, total: later.total + sum });
  work.put('invoices', { ...draft, subtotal: draft.subtotal - sum, total: draft.total - sum });
}

function nextBoundary(work: Workspace, draft: Invoice): Instant {
  const ends = work
    .all('subscriptions')
    .filter((subscription) => subscription.endedAt === null)
    .map((subscription) => subscription.periodEnd)
    .filter((end) => compareInstants(end, draft.boundaryAt) > 0)
    .sort(compareInstants);
  return ends[0] ?? daysAfter(draft.boundaryAt, 30);
}
