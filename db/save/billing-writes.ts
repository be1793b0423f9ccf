// Owns the writes of a turn to charges, realization runs, invoices and their lines.
import type { Writer } from './agreement-writes.ts';

export const chargeWriter: Writer = {
  added: ({ from, tenant, wall }) => `
    insert into charges (id, tenant_id, customer_id, subscription_id, item_id, origin, kind, settlement_mode, status, revision,
      currency, price_id, meter_id, scope_id, quantity, rating, service_start, service_end, billed_at, cutoff_at, advance_at,
      late_check_at, sealed_at, booked_amount, booked_quantity, run_count, parked_at, parked_reason, created_at, updated_at)
    select r.id, ${tenant}, r.customer_id, r.subscription_id, r.item_id, r.origin, r.kind, r.settlement_mode, r.status,
      r.revision, r.currency, r.price_id, r.meter_id, r.scope_id, r.quantity, r.rating, r.service_start, r.service_end,
      r.billed_at, r.cutoff_at, r.advance_at, r.late_check_at, r.sealed_at, r.booked_amount, r.booked_quantity, r.run_count,
      r.parked_at, r.parked_reason, r.created_at, ${wall} from ${from}`,
  changed: ({ from, wall }) => `
    update charges c set status = r.status, service_end = r.service_end, rating = r.rating, billed_at = r.billed_at,
      cutoff_at = r.cutoff_at, advance_at = r.advance_at, late_check_at = r.late_check_at, sealed_at = r.sealed_at,
      booked_amount = r.booked_amount, booked_quantity = r.booked_quantity, run_count = r.run_count,
      parked_at = r.parked_at, parked_reason = r.parked_reason, updated_at = ${wall}
    from ${from} where c.id = r.id`,
};

export const runWriter: Writer = {
  added: ({ from, tenant }) => `
    insert into realization_runs (id, tenant_id, customer_id, charge_id, number, kind, status, period_end, cutoff_at, quantity,
      event_count, list_amount, booked_amount, explanation, line_id, disposition, created_at, completed_at)
    select r.id, ${tenant}, r.customer_id, r.charge_id, r.number, r.kind, r.status, r.period_end, r.cutoff_at, r.quantity,
      r.event_count, r.list_amount, r.booked_amount, r.explanation, r.line_id, r.disposition, r.created_at, r.completed_at
    from ${from}`,
  changed: ({ from }) => `
    update realization_runs u set status = r.status, quantity = r.quantity, event_count = r.event_count,
      list_amount = r.list_amount, booked_amount = r.booked_amount, explanation = r.explanation, line_id = r.line_id,
      disposition = r.disposition, completed_at = r.completed_at
    from ${from} where u.charge_id = r.charge_id and u.number = r.number`,
};

/** A new document's number is known only in the saving statement (ruling R20). */
const invoiceNumber = (taken: string | undefined): string =>
  taken === undefined ? 'r.number' : `coalesce(${taken}, r.number)`;

export const invoiceWriter: Writer = {
  added: ({ from, tenant, wall, number }) => `
    insert into invoices (id, tenant_id, customer_id, legal_entity_id, kind, group_key, boundary_at, currency, status, number,
      collection_method, finalize_at, issued_at, issue_date, due_at, subtotal, tax, total, amount_paid, next_attempt_at,
      decline_count, paid_at, created_at, updated_at)
    select r.id, ${tenant}, r.customer_id, r.legal_entity_id, r.kind, r.group_key, r.boundary_at, r.currency, r.status,
      ${invoiceNumber(number)}, r.collection_method, r.finalize_at, r.issued_at, r.issue_date, r.due_at, r.subtotal, r.tax, r.total,
      r.amount_paid, r.next_attempt_at, r.decline_count, r.paid_at, r.created_at, ${wall} from ${from}`,
  changed: ({ from, wall, number }) => `
    update invoices i set kind = r.kind, boundary_at = r.boundary_at, status = r.status, number = ${invoiceNumber(number)},
      finalize_at = r.finalize_at, issued_at = r.issued_at, issue_date = r.issue_date, due_at = r.due_at,
      subtotal = r.subtotal, tax = r.tax, total = r.total, amount_paid = r.amount_paid,
      next_attempt_at = r.next_attempt_at, decline_count = r.decline_count, paid_at = r.paid_at, updated_at = ${wall}
    from ${from} where i.id = r.id`,
};

export const lineWriter: Writer = {
  added: ({ from, tenant }) => `
    insert into invoice_lines (id, tenant_id, customer_id, invoice_id, position, kind, description, subscription_id, charge_id,
      run_id, component, price_id, quantity, unit_amount, amount, currency, service_start, service_end, frozen, created_at)
    select r.id, ${tenant}, r.customer_id, r.invoice_id, r.position, r.kind, r.description, r.subscription_id, r.charge_id,
      r.run_id, r.component, r.price_id, r.quantity, r.unit_amount, r.amount, r.currency, r.service_start, r.service_end,
      r.frozen, r.created_at from ${from}`,
  changed: ({ from }) => `
    update invoice_lines l set invoice_id = r.invoice_id, position = r.position, frozen = r.frozen
    from ${from} where l.id = r.id`,
};
