// Owns the mail that says a payment arrived: the receipt.
import { z } from 'zod';
import type { MailFacts } from '#db/mail-facts.ts';
import { amountText, dateText, type MailContent } from '../content.ts';

const payment = z.object({
  invoiceNumber: z.string(),
  amount: z.string(),
  currency: z.string(),
  reference: z.string().nullish(),
  settledAt: z.string().nullish(),
});

/** `data` is a payment as billing events show it; `occurredAt` stands in for a missing time. */
export function paymentSucceeded(data: unknown, facts: MailFacts, occurredAt: string): MailContent {
  const { invoiceNumber, amount, currency, reference, settledAt } = payment.parse(data);
  const figure = amountText(amount, currency);
  return {
    subject: `Receipt for invoice ${invoiceNumber} from ${facts.sellerName}: ${figure}`,
    summary: `We received your payment of ${figure}. Thank you.`,
    sender: facts.sellerName,
    greeting: `Hello ${facts.customerName},`,
    heading: 'Payment received',
    figure,
    paragraphs: [`We received your payment for invoice ${invoiceNumber}. Thank you.`],
    details: [
      { label: 'Invoice number', value: invoiceNumber },
      { label: 'Amount paid', value: figure },
      { label: 'Date', value: dateText(settledAt ?? occurredAt, facts.zone) },
      ...methodRow(facts),
      ...(reference == null ? [] : [{ label: 'Transaction', value: reference }]),
    ],
    lines: [],
    sums: [],
    closing: `Questions about this payment? Please contact ${facts.sellerName}.`,
  };
}

/** `Visa ending in 4242`, as far as it is known. */
export function methodRow({ cardBrand, cardLast4 }: MailFacts): { label: string; value: string }[] {
  const brand = cardBrand === null ? 'Card' : cardBrand.charAt(0).toUpperCase() + cardBrand.slice(1);
  if (cardBrand === null && cardLast4 === null) return [];
  const value = cardLast4 === null ? brand : `${brand} ending in ${cardLast4}`;
  return [{ label: 'Payment method', value }];
}
