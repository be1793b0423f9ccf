// Owns how payments look from outside: each receipt, the invoices it paid, and what is left of it (ruling R5).
import type { Tx } from '#db/scope.ts';
import type { Slice } from './read-tenant.ts';

export type PaymentView = {
  readonly id: string;
  readonly customerId: string;
  readonly gateway: string;
  readonly reference: string;
  readonly attemptId: string | null;
  readonly amount: string;
  readonly unapplied: string;
  readonly currency: string;
  readonly receivedAt: string;
  readonly allocations: readonly { readonly invoiceId: string; readonly amount: string }[];
};

export type PaymentFilter = { readonly customerId: string | undefined };

/** Newest first. */
export async function listPayments(
  tx: Tx,
  tenantId: string,
  { limit, after, customerId }: Slice & PaymentFilter,
): Promise<PaymentView[]> {
  return await tx<PaymentView[]>`
    select p.id, p.customer_id as "customerId", p.gateway, p.reference, p.attempt_id as "attemptId", p.amount,
      p.amount - a.applied as unapplied, p.currency, p.received_at as "receivedAt", a.allocations
    from payments p
    cross join lateral (
      select coalesce(sum(l.amount), 0)::bigint as applied,
        coalesce(jsonb_agg(jsonb_build_object('invoiceId', l.invoice_id, 'amount', l.amount::text) order by l.id), '[]') as allocations
      from payment_allocations l where l.payment_id = p.id) a
    where p.tenant_id = ${tenantId} ${after === undefined ? tx`` : tx`and p.id < ${after}`}
      ${customerId === undefined ? tx`` : tx`and p.customer_id = ${customerId}`}
    order by p.id desc limit ${limit + 1}`;
}
