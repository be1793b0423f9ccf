// Owns the emails table: mails written once, claimed under lease and epoch, sent or failed (protocols H9).
// Claims run in the system scope; refuses to know what a mail says.
import type { Tx } from './scope.ts';

export type NewEmail = {
  readonly id: string;
  readonly tenantId: string;
  readonly customerId: string;
  readonly eventId: string;
  readonly template: string;
  readonly recipient: string;
  readonly subject: string;
  readonly textBody: string;
  readonly htmlBody: string;
  readonly messageId: string;
  readonly trace: string | null;
  /** Set: the mail cannot be sent, and why. */
  readonly error: string | null;
};

/** Inserts mails, due at `now`; one per event, template and recipient. */
export async function insertEmails(tx: Tx, emails: readonly NewEmail[], now: string): Promise<void> {
  if (emails.length === 0) return;
  const rows = emails.map((email) => ({
    id: email.id,
    tenant_id: email.tenantId,
    customer_id: email.customerId,
    event_id: email.eventId,
    template: email.template,
    recipient: email.recipient,
    subject: email.subject,
    text_body: email.textBody,
    html_body: email.htmlBody,
    message_id: email.messageId,
    status: email.error === null ? 'pending' : 'failed',
    next_attempt_at: email.error === null ? now : null,
    last_error: email.error,
    trace: email.trace,
    created_at: now,
  }));
  await tx`insert into emails ${tx(rows)} on conflict (event_id, template, recipient) do nothing`;
}

export type ClaimedEmail = {
  readonly id: string;
  readonly tenantId: string;
  readonly epoch: number;
  readonly attemptCount: number;
  readonly senderName: string;
  readonly recipient: string;
  readonly subject: string;
  readonly textBody: string;
  readonly htmlBody: string;
  readonly messageId: string;
  readonly trace: string | null;
};

/** Claims the `max` oldest due mails until `leaseUntil`. The sender's name is the tenant's default legal entity. */
export async function claimEmails(
  tx: Tx,
  claim: { readonly now: string; readonly leaseUntil: string; readonly max: number },
): Promise<ClaimedEmail[]> {
  return await tx<ClaimedEmail[]>`
    with due as (
      select id from emails
      where status = 'pending' and next_attempt_at <= ${claim.now} and (lease_until is null or lease_until <= ${claim.now})
      order by next_attempt_at limit ${claim.max} for update skip locked
    )
    update emails m set epoch = m.epoch + 1, lease_until = ${claim.leaseUntil}
    from due, tenants t left join legal_entities l on l.tenant_id = t.id and l.is_default
    where m.id = due.id and t.id = m.tenant_id
    returning m.id, m.tenant_id as "tenantId", m.epoch, m.attempt_count as "attemptCount", coalesce(l.name, t.name) as "senderName",
      m.recipient, m.subject, m.text_body as "textBody", m.html_body as "htmlBody", m.message_id as "messageId", m.trace`;
}

export type EmailResult =
  | { readonly status: 'sent' }
  | { readonly status: 'failed'; readonly error: string }
  | { readonly status: 'pending'; readonly error: string; readonly nextAttemptAt: string };

/** Records one try at `now`. False: fenced, someone else has claimed the mail since. */
export async function recordEmail(
  tx: Tx,
  claim: Pick<ClaimedEmail, 'id' | 'epoch'>,
  record: { readonly result: EmailResult; readonly now: string },
): Promise<boolean> {
  const { result, now } = record;
  const rows = await tx`
    update emails set status = ${result.status}, attempt_count = attempt_count + 1, lease_until = null,
      next_attempt_at = ${result.status === 'pending' ? result.nextAttemptAt : null},
      last_error = ${result.status === 'sent' ? null : result.error},
      sent_at = ${result.status === 'sent' ? now : null}
    where id = ${claim.id} and epoch = ${claim.epoch} and next_attempt_at is not null
    returning id`;
  return rows.length === 1;
}
