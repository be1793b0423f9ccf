// Owns which event becomes which mail, and the mail's row: whom it goes to and the identity it keeps on every try.
// A mail that cannot be written is a failed row that says why; it never holds up the events behind it.
import type { NewEmail } from '#db/emails.ts';
import type { MailFacts } from '#db/mail-facts.ts';
import type { OutboxEvent } from '#db/outbox.ts';
import { domainOf, isMailAddress } from './address.ts';
import { type MailContent, oneLine } from './content.ts';
import { renderHtml } from './render-html.ts';
import { renderText } from './render-text.ts';
import { invoiceGenerated } from './templates/invoice-generated.ts';
import { paymentFailed } from './templates/payment-failed.ts';
import { paymentSucceeded } from './templates/payment-succeeded.ts';

type Template = {
  readonly name: string;
  /** Undefined: this event needs no mail. Throws when the event does not have the expected form. */
  readonly write: (data: unknown, facts: MailFacts, occurredAt: string) => MailContent | undefined;
};

const TEMPLATES: ReadonlyMap<string, Template> = new Map<string, Template>([
  ['billing.invoice.created', { name: 'billing_invoice_generated', write: invoiceGenerated }],
  ['billing.payment.succeeded', { name: 'billing_payment_succeeded', write: paymentSucceeded }],
  ['billing.payment.failed', { name: 'billing_payment_failed', write: paymentFailed }],
]);

export function wantsEmail(eventType: string): boolean {
  return TEMPLATES.has(eventType);
}

/** The mail about an event to its customer; undefined when there is nothing to say. */
export function composeEmail(
  event: OutboxEvent,
  facts: MailFacts,
  { id, mailFrom }: { readonly id: string; readonly mailFrom: string },
): NewEmail | undefined {
  const template = TEMPLATES.get(event.type);
  if (template === undefined || event.customerId === null) return undefined;
  const row = {
    id,
    tenantId: event.tenantId,
    customerId: event.customerId,
    eventId: event.id,
    template: template.name,
    recipient: facts.email,
    messageId: `<${id}@${domainOf(mailFrom)}>`,
    trace: event.trace,
  };
  const failed = (error: string): NewEmail => ({ ...row, subject: '', textBody: '', htmlBody: '', error });
  if (!isMailAddress(facts.email)) return failed('the recipient is not a mail address');
  try {
    const content = template.write(JSON.parse(event.data), facts, event.occurredAt);
    if (content === undefined) return undefined;
    const subject = oneLine(content.subject);
    return { ...row, subject, textBody: renderText(content), htmlBody: renderHtml(content), error: null };
  } catch (error) {
    // One event of an unexpected form must not stop all others (law 9).
    return failed(error instanceof Error ? error.message : String(error));
  }
}
