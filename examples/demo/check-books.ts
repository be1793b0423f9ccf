// Owns what must hold of the seller's books besides the invoices' lines: nothing lost, nothing twice, everything balanced.
import type { SequenceGap } from '../support/webhook-receiver.ts';
import { type Books, sum } from './books.ts';
import { CUSTOMERS, readTrace } from './trace.ts';
import type { Sent } from './usage.ts';

export type Observed = {
  readonly sent: Sent;
  readonly gaps: readonly SequenceGap[];
  /** Webhooks that did not verify. */
  readonly refusals: readonly string[];
};

/** One sentence for each thing that is not as it must be. */
export function checkBooks(books: Books, observed: Observed): string[] {
  return [
    ...checkUsage(books, observed.sent),
    ...checkMoney(books),
    ...checkPayments(books),
    ...checkCustomers(books),
    ...observed.gaps.map(
      ({ customerId, missing }) => `${customerId}: no webhooks numbered ${missing.join(', ')}`,
    ),
    ...observed.refusals.map((reason) => `a webhook did not verify: ${reason}`),
  ];
}

function checkUsage({ countedRequests }: Books, { sent, created, duplicate }: Sent): string[] {
  const rows = readTrace().length;
  return [
    ...unless(countedRequests === BigInt(rows), `${countedRequests} events are counted, not ${rows}`),
    ...unless(created + duplicate === sent, `${created} + ${duplicate} answers for ${sent} events`),
  ];
}

function checkMoney({ invoices, payments, accounts }: Books): string[] {
  const billed = sum(invoices.map(({ total }) => total));
  const collected = sum(payments.map(({ amount }) => amount));
  const balance = (name: string): bigint =>
    sum(accounts.filter(({ account }) => account.startsWith(name)).map((account) => account.balance));
  return [
    ...unless(billed === collected, `${billed} cents are billed and ${collected} collected`),
    ...unless(balance('') === 0n, `the ledger is off by ${balance('')} cents`),
    ...unless(balance('receivable') === 0n, `the ledger still expects ${balance('receivable')} cents`),
    ...unless(balance('gateway_clearing') === collected, 'the ledger and the payments differ'),
  ];
}

/** One card declined once and one answer was lost; each of them paid once in the end. */
function checkPayments({ invoices, payments }: Books): string[] {
  const attempts = invoices.flatMap((invoice) => invoice.attempts);
  const failed = attempts.filter(({ status }) => status === 'failed').length;
  const askedAgain = attempts.filter(({ callCount }) => callCount > 1).length;
  return [
    ...unless(failed === 1, `${failed} attempts were declined, not 1`),
    ...unless(askedAgain >= 1, 'no attempt was asked about again'),
    ...unless(
      payments.length === invoices.length,
      `${payments.length} payments for ${invoices.length} invoices`,
    ),
    ...unless(sum(payments.map(({ unapplied }) => unapplied)) === 0n, 'money is not applied to any invoice'),
  ];
}

function checkCustomers({ customers, subscriptions, invoices, events }: Books): string[] {
  const numbers = new Set(invoices.map(({ number }) => number));
  const active = subscriptions.filter(({ status }) => status === 'active').length;
  return [
    ...customers
      .filter(({ parkedAt }) => parkedAt !== null)
      .map(({ externalId }) => `${externalId} is parked`),
    ...unless(active === CUSTOMERS, `${active} subscriptions are active, not ${CUSTOMERS}`),
    ...unless(numbers.size === invoices.length && !numbers.has(null), 'an invoice has no number of its own'),
    ...customers.flatMap(({ id, externalId, sequence }) => {
      const own = events.filter(({ customerId }) => customerId === id).length;
      return unless(String(own) === sequence, `${externalId} has ${own} events and stands at ${sequence}`);
    }),
  ];
}

function unless(holds: boolean, problem: string): string[] {
  return holds ? [] : [problem];
}
