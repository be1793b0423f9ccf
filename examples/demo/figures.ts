// Owns the table at the end of the demo.
import { type Books, sum } from './books.ts';
import { CURRENCY } from './price-list.ts';
import type { Ending } from './story.ts';
import { count, dollars } from './terminal.ts';

export function figuresOf({ sent, books, mails, webhooks, problems }: Ending): [string, string][] {
  const { invoices, payments, accounts } = books;
  return [
    ['events sent', count(sent.sent)],
    ['events counted', count(books.countedRequests)],
    ['duplicates', count(sent.duplicate)],
    ['invoices', count(invoices.length)],
    ['late-usage lines', count(lateLines(books))],
    ['billed', `${CURRENCY} ${dollars(sum(invoices.map(({ total }) => total)))}`],
    ['collected', `${CURRENCY} ${dollars(sum(payments.map(({ amount }) => amount)))}`],
    ['mails', count(mails)],
    ['webhooks delivered', count(webhooks)],
    ['sequence gaps', count(problems.filter((problem) => problem.includes('no webhooks numbered')).length)],
    ['ledger balance', `${CURRENCY} ${dollars(sum(accounts.map(({ balance }) => balance)))}`],
    ['differences', count(problems.length)],
  ];
}

function lateLines({ invoices }: Books): number {
  return invoices.flatMap(({ lines }) => lines).filter(({ kind }) => kind === 'late_usage').length;
}
