// Owns the comparison of every invoice with its recomputation, to the cent and to the last digit of each quantity.
import type { Invoice } from './books.ts';
import type { ExpectedInvoice } from './recompute.ts';
import { customerName } from './shop.ts';

/** One sentence for each difference; none when the invoices are exactly those expected. */
export function compareInvoices(
  invoices: readonly Invoice[],
  expected: readonly ExpectedInvoice[],
): string[] {
  const left = new Map(invoices.map((invoice) => [nameOf(invoice), invoice]));
  const problems = left.size === invoices.length ? [] : ['a customer has two invoices for one day'];
  for (const wanted of expected) {
    const name = `${customerName(wanted.customer)} ${wanted.billedOn}`;
    const invoice = left.get(name);
    left.delete(name);
    if (invoice === undefined) problems.push(`${name}: there is no invoice`);
    else
      problems.push(...compare(invoice, wanted).map((problem) => `${name} (${invoice.number}): ${problem}`));
  }
  return [...problems, ...[...left.keys()].map((name) => `${name}: an invoice nobody expected`)];
}

function nameOf(invoice: Invoice): string {
  return `${invoice.customerExternalId} ${invoice.boundaryAt.slice(0, 10)}`;
}

function compare(invoice: Invoice, wanted: ExpectedInvoice): string[] {
  const problems: string[] = [];
  const lines = new Map(invoice.lines.map((line) => [lineName(line), line]));
  if (lines.size !== invoice.lines.length) problems.push('two lines for the same thing');
  for (const [what, { cents, quantity }] of wanted.lines) {
    const line = lines.get(what);
    lines.delete(what);
    if (line === undefined) problems.push(`no line for ${what}`);
    else if (line.amount !== String(cents)) problems.push(`${what} is ${line.amount} cents, not ${cents}`);
    else if (line.quantity !== quantity) problems.push(`${what} counts ${line.quantity}, not ${quantity}`);
  }
  for (const what of lines.keys()) problems.push(`a line for ${what} that nobody expected`);
  if (invoice.total !== String(wanted.total))
    problems.push(`the total is ${invoice.total}, not ${wanted.total}`);
  if (invoice.status !== 'paid') problems.push(`it is ${invoice.status}, not paid`);
  return problems;
}

/** A late line names the period it belongs to; the recomputation knows only November. */
function lineName(line: Invoice['lines'][number]): string {
  if (line.kind === 'fee') return 'fee';
  const november = line.serviceStart.startsWith('2023-11-01') && line.serviceEnd.startsWith('2023-12-01');
  const period = november ? '' : ` of ${line.serviceStart}`;
  return `${line.kind === 'late_usage' ? 'late ' : ''}${line.priceKey}${period}`;
}
