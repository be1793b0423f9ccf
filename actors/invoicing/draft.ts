// Owns how realized charges find their invoice: one draft per (group, boundary), else a supplement (ruling R15).

import { compareInstants, isSameInstant } from '#actors/calendar/instants.ts';
import type { Currency } from '#actors/money/currency.ts';
import type { Charge } from '#actors/state/charge.ts';
import type { Invoice, InvoiceLine } from '#actors/state/invoice.ts';
import type { RealizationRun } from '#actors/state/realization-run.ts';
import type { Instant } from '#actors/state/scalars.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Legal entity, payer, currency and collection method. Terms and labels join when they exist. */
export function groupKey(work: Workspace, currency: Currency): string {
  return `${work.state.tenant.legalEntityId}|${work.customer().id}|${currency}|${collectionMethod(work)}`;
}

function collectionMethod(work: Workspace): Invoice['collectionMethod'] {
  return work.customer().autoCollect ? 'charge_automatically' : 'send_invoice';
}

/** The draft of that boundary. When its cycle invoice is already issued, a supplement is opened. */
export function draftFor(work: Workspace, currency: Currency, boundaryAt: Instant): Invoice {
  const key = groupKey(work, currency);
  const atBoundary = work
    .all('invoices')
    .filter((invoice) => invoice.groupKey === key && isSameInstant(invoice.boundaryAt, boundaryAt));
  const draft = atBoundary.find((invoice) => invoice.status === 'draft');
  if (draft !== undefined) return draft;
  const issued =
    atBoundary.some((invoice) => invoice.kind === 'cycle') ||
    work.state.issued.some((other) => other.groupKey === key && isSameInstant(other.boundaryAt, boundaryAt));
  return work.put(
    'invoices',
    emptyDraft(work, { currency, boundaryAt, kind: issued ? 'supplement' : 'cycle' }),
  );
}

type NewDraft = Pick<Invoice, 'currency' | 'boundaryAt' | 'kind'>;

function emptyDraft(work: Workspace, { currency, boundaryAt, kind }: NewDraft): Invoice {
  const later = compareInstants(boundaryAt, work.now) > 0;
  return {
    id: work.mint('inv'),
    legalEntityId: work.state.tenant.legalEntityId,
    kind,
    groupKey: groupKey(work, currency),
    boundaryAt,
    currency,
    status: 'draft',
    number: null,
    collectionMethod: collectionMethod(work),
    finalizeAt: later ? boundaryAt : work.now,
    issuedAt: null,
    issueDate: null,
    dueAt: null,
    subtotal: 0n,
    tax: 0n,
    total: 0n,
    amountPaid: 0n,
    nextAttemptAt: null,
    declineCount: 0,
    paidAt: null,
    createdAt: work.now,
  };
}

export type NewLine = Pick<InvoiceLine, 'kind' | 'description' | 'quantity' | 'unitAmount' | 'amount'>;

/** Puts one run's amount on a draft and links the run to the line. */
export function addLine(
  work: Workspace,
  draft: Invoice,
  { charge, run, ...line }: NewLine & { charge: Charge; run: RealizationRun },
): InvoiceLine {
  // Not their number: credits that were moved to a later draft leave gaps.
  const positions = work
    .all('lines')
    .filter((other) => other.invoiceId === draft.id)
    .map((other) => other.position);
  const position = Math.max(0, ...positions) + 1;
  const added = work.put('lines', {
    ...line,
    id: work.mint('lin'),
    invoiceId: draft.id,
    position,
    subscriptionId: charge.subscriptionId,
    chargeId: charge.id,
    runId: run.id,
    component: 'amount',
    priceId: charge.priceId,
    currency: charge.currency,
    serviceStart: charge.serviceStart,
    serviceEnd: charge.serviceEnd,
    frozen: false,
    createdAt: work.now,
  });
  work.put('runs', { ...run, lineId: added.id });
  const { subtotal } = draft;
  work.put('invoices', {
    ...draft,
    subtotal: subtotal + line.amount,
    total: subtotal + line.amount + draft.tax,
  });
  return added;
}
