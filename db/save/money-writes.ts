// Owns the writes of a turn to payment attempts, payments, allocations and the ledger.
import type { Writer } from './agreement-writes.ts';

export const attemptWriter: Writer = {
  added: ({ from, tenant }) => `
    insert into payment_attempts (id, tenant_id, customer_id, invoice_id, number, status, amount, currency, gateway,
      payment_method_id, token, provider_key, provider_reference, decline_code, decline_message, epoch, next_call_at,
      created_at, settled_at)
    select r.id, ${tenant}, r.customer_id, r.invoice_id, r.number, r.status, r.amount, r.currency, r.gateway,
      r.payment_method_id, r.token, r.provider_key, r.provider_reference, r.decline_code, r.decline_message, r.epoch,
      r.next_call_at, r.created_at, r.settled_at from ${from}`,
  changed: ({ from }) => `
    update payment_attempts a set status = r.status, provider_reference = r.provider_reference,
      decline_code = r.decline_code, decline_message = r.decline_message, next_call_at = r.next_call_at,
      settled_at = r.settled_at, lease_until = null
    from ${from} where a.id = r.id`,
};

export const paymentWriter: Writer = {
  added: ({ from, tenant }) => `
    insert into payments (id, tenant_id, customer_id, gateway, reference, attempt_id, amount, currency, received_at)
    select r.id, ${tenant}, r.customer_id, r.gateway, r.reference, r.attempt_id, r.amount, r.currency, r.received_at
    from ${from}`,
};

export const allocationWriter: Writer = {
  added: ({ from, tenant }) => `
    insert into payment_allocations (id, tenant_id, customer_id, payment_id, invoice_id, amount, created_at)
    select r.id, ${tenant}, r.customer_id, r.payment_id, r.invoice_id, r.amount, r.created_at from ${from}`,
};

export const journalWriter: Writer = {
  added: ({ from, tenant }) => `
    insert into journals (id, tenant_id, legal_entity_id, customer_id, kind, source, posted_at)
    select r.id, ${tenant}, r.legal_entity_id, r.customer_id, r.kind, r.source, r.posted_at from ${from}`,
};

export const postingWriter: Writer = {
  added: ({ from, tenant }) => `
    insert into postings (journal_id, position, tenant_id, legal_entity_id, customer_id, account, amount, currency,
      invoice_id, line_id, service_start, service_end)
    select r.journal_id, r.position, ${tenant}, r.legal_entity_id, r.customer_id, r.account, r.amount, r.currency,
      r.invoice_id, r.line_id, r.service_start, r.service_end from ${from}`,
};
