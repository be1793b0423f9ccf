// Owns how invoices look in a list: the document's head and its sums, money as integer text in minor units.
import type { Tx } from '#db/scope.ts';
import type { Slice } from './read-tenant.ts';

export type InvoiceView = {
  readonly id: string;
  readonly number: string | null;
  readonly status: 'draft' | 'open' | 'paid' | 'void' | 'uncollectible';
  readonly kind: 'cycle' | 'supplement';
  readonly collectionMethod: 'charge_automatically' | 'send_invoice';
  readonly customerId: string;
  readonly customerExternalId: string;
  readonly customerName: string;
  readonly currency: string;
  readonly subtotal: string;
  readonly tax: string;
  readonly total: string;
  readonly amountPaid: string;
  readonly amountRemaining: string;
  readonly boundaryAt: string;
  readonly finalizeAt: string | null;
  readonly issuedAt: string | null;
  /** A calendar day in the legal entity's zone. */
  readonly issueDate: string | null;
  readonly dueAt: string | null;
  readonly nextAttemptAt: string | null;
  readonly paidAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type InvoiceFilter = {
  readonly customerId: string | undefined;
  readonly status: string | undefined;
  /** The boundary at which it was billed, half-open. */
  readonly from: string | undefined;
  readonly to: string | undefined;
};

const selected = (tx: Tx) => tx`
  select i.id, i.number, i.status, i.kind, i.collection_method as "collectionMethod", i.customer_id as "customerId",
    c.external_id as "customerExternalId", c.name as "customerName", i.currency, i.subtotal, i.tax, i.total,
    i.amount_paid as "amountPaid", i.total - i.amount_paid as "amountRemaining", i.boundary_at as "boundaryAt",
    i.finalize_at as "finalizeAt", i.issued_at as "issuedAt", i.issue_date::text as "issueDate", i.due_at as "dueAt",
    i.next_attempt_at as "nextAttemptAt", i.paid_at as "paidAt", i.created_at as "createdAt", i.updated_at as "updatedAt"
  from invoices i join customers c on c.id = i.customer_id`;

/** Newest first. */
export async function listInvoices(
  tx: Tx,
  tenantId: string,
  { limit, after, customerId, status, from, to }: Slice & InvoiceFilter,
): Promise<InvoiceView[]> {
  return await tx<InvoiceView[]>`
    ${selected(tx)}
    where i.tenant_id = ${tenantId} ${after === undefined ? tx`` : tx`and i.id < ${after}`}
      ${customerId === undefined ? tx`` : tx`and i.customer_id = ${customerId}`}
      ${status === undefined ? tx`` : tx`and i.status = ${status}`}
      ${from === undefined ? tx`` : tx`and i.boundary_at >= ${from}`}
      ${to === undefined ? tx`` : tx`and i.boundary_at < ${to}`}
    order by i.id desc limit ${limit + 1}`;
}

export async function findInvoiceHead(
  tx: Tx,
  tenantId: string,
  id: string,
): Promise<InvoiceView | undefined> {
  const rows = await tx<InvoiceView[]>`${selected(tx)} where i.tenant_id = ${tenantId} and i.id = ${id}`;
  return rows[0];
}

/** Whose invoice it is; undefined when the tenant has none. */
export async function findInvoiceOwner(tx: Tx, tenantId: string, id: string): Promise<string | undefined> {
  const rows = await tx<{ customerId: string }[]>`
    select customer_id as "customerId" from invoices where tenant_id = ${tenantId} and id = ${id}`;
  return rows[0]?.customerId;
}
