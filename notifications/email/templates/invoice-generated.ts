// Owns the mail that says an invoice was issued. A zero invoice has nothing to say.
import { z } from 'zod';
import type { MailFacts } from '#db/mail-facts.ts';
import { amountText, dateText, type MailContent, periodText } from '../content.ts';

const LINES_MAX = 20;

const invoice = z.object({
  number: z.string(),
  currency: z.string(),
  subtotal: z.string(),
  tax: z.string(),
  total: z.string(),
  dueAt: z.string().nullish(),
  autoCollect: z.boolean().default(false),
  lines: z.array(
    z.object({
      description: z.string(),
      amount: z.string(),
      serviceStart: z.string(),
      serviceEnd: z.string(),
    }),
  ),
});
type Invoice = z.infer<typeof invoice>;

/** `data` is an invoice as billing events show it. Throws when it is not. */
export function invoiceGenerated(data: unknown, facts: MailFacts): MailContent | undefined {
  const parsed = invoice.parse(data);
  const { number, currency, subtotal, tax, total, dueAt, lines } = parsed;
  if (BigInt(total) === 0n) return undefined;
  const figure = amountText(total, currency);
  return {
    subject: `Invoice ${number} from ${facts.sellerName}: ${figure}`,
    summary: payment(parsed, facts),
    sender: facts.sellerName,
    greeting: `Hello ${facts.customerName},`,
    heading: `Invoice ${number}`,
    figure,
    paragraphs: [payment(parsed, facts)],
    details: [
      { label: 'Invoice number', value: number },
      { label: 'Billed to', value: facts.customerName },
      ...(lines.length === 0 ? [] : [{ label: 'Service period', value: wholePeriod(parsed, facts.zone) }]),
      ...(dueAt == null ? [] : [{ label: 'Due date', value: dateText(dueAt, facts.zone) }]),
    ],
    lines: [
      ...lines.slice(0, LINES_MAX).map((line) => ({
        label: line.description,
        note: noteOf(line, parsed, facts.zone),
        value: amountText(line.amount, currency),
      })),
      ...(lines.length > LINES_MAX
        ? [{ label: `and ${lines.length - LINES_MAX} more`, note: '', value: '' }]
        : []),
    ],
    sums: [
      { label: 'Subtotal', value: amountText(subtotal, currency) },
      { label: 'Tax', value: amountText(tax, currency) },
      { label: 'Total', value: figure },
    ],
    closing: `Questions about this invoice? Please contact ${facts.sellerName}.`,
  };
}

function payment({ autoCollect, total, currency, dueAt }: Invoice, facts: MailFacts): string {
  const figure = amountText(total, currency);
  if (autoCollect && facts.hasPaymentMethod) {
    return `We will charge ${figure} to your payment method on file. You do not need to do anything.`;
  }
  return dueAt == null ? `Please pay ${figure}.` : `Please pay ${figure} by ${dateText(dueAt, facts.zone)}.`;
}

/** From the first service day of any line to the last. */
function wholePeriod({ lines }: Invoice, zone: string): string {
  const starts = lines.map((line) => line.serviceStart).sort();
  const ends = lines.map((line) => line.serviceEnd).sort();
  return periodText(starts[0] ?? '', ends.at(-1) ?? '', zone);
}

/** A line says its period where that is not the whole invoice's. */
function noteOf(line: Invoice['lines'][number], whole: Invoice, zone: string): string {
  const own = periodText(line.serviceStart, line.serviceEnd, zone);
  return own === wholePeriod(whole, zone) ? '' : own;
}
