// Owns the mail that says a payment was declined, why, and what happens next.
import { z } from 'zod';
import type { MailFacts } from '#db/mail-facts.ts';
import { amountText, dateText, type MailContent } from '../content.ts';
import { methodRow } from './payment-succeeded.ts';

const payment = z.object({
  invoiceNumber: z.string(),
  amount: z.string(),
  currency: z.string(),
  code: z.string().nullish(),
  message: z.string().nullish(),
  dueAt: z.string().nullish(),
  nextAttemptAt: z.string().nullish(),
});

/** `data` is a payment as billing events show it. Throws when it is not. */
export function paymentFailed(data: unknown, facts: MailFacts): MailContent {
  const { invoiceNumber, amount, currency, code, message, dueAt, nextAttemptAt } = payment.parse(data);
  const figure = amountText(amount, currency);
  const next =
    nextAttemptAt == null
      ? 'We will not try again automatically.'
      : `We will try again on ${dateText(nextAttemptAt, facts.zone)}.`;
  return {
    subject: `Payment failed for invoice ${invoiceNumber} from ${facts.sellerName}`,
    summary: `Your payment of ${figure} was declined. ${next}`,
    sender: facts.sellerName,
    greeting: `Hello ${facts.customerName},`,
    heading: 'Payment failed',
    figure,
    paragraphs: [
      `Your payment for invoice ${invoiceNumber} was declined. ${next}`,
      'Please check your payment method, or use another one.',
    ],
    details: [
      { label: 'Invoice number', value: invoiceNumber },
      { label: 'Amount due', value: figure },
      ...(dueAt == null ? [] : [{ label: 'Due date', value: dateText(dueAt, facts.zone) }]),
      ...methodRow(facts),
      ...(message == null ? [] : [{ label: 'Reason', value: message }]),
      ...(code == null ? [] : [{ label: 'Code', value: code }]),
    ],
    lines: [],
    sums: [],
    closing: `Questions about this payment? Please contact ${facts.sellerName}.`,
  };
}
