// Owns the claim of an invoice's unresolved payment attempt: one caller at a time, under a lease and an epoch (protocols H9).
// Refuses to know the outcome: the customer's turn records it.
import type { Tx } from './scope.ts';

export type ClaimedPayment = {
  readonly attemptId: string;
  readonly customerId: string;
  readonly invoiceId: string;
  /** Only this epoch may record the outcome. */
  readonly epoch: number;
  /** Calls made, this one among them. */
  readonly callCount: number;
  /** System time of the first call. */
  readonly firstCalledAt: string;
  readonly gateway: string;
  readonly providerKey: string;
  readonly token: string;
  /** Minor units, as text. */
  readonly amount: string;
  readonly currency: string;
};

/**
 * Claims the attempt that is to be called at `now` until `leaseUntil`; undefined when there is none or somebody holds it.
 * The customer's lock comes first, so that no turn records an older epoch's outcome at the same moment.
 */
export async function claimPayment(
  tx: Tx,
  invoiceId: string,
  lease: { readonly now: string; readonly leaseUntil: string },
): Promise<ClaimedPayment | undefined> {
  await tx`
    select from customers c join invoices i on i.customer_id = c.id where i.id = ${invoiceId} for no key update of c`;
  const rows = await tx<ClaimedPayment[]>`
    update payment_attempts
    set epoch = epoch + 1, call_count = call_count + 1, lease_until = ${lease.leaseUntil},
      first_called_at = coalesce(first_called_at, ${lease.now})
    where invoice_id = ${invoiceId} and next_call_at <= ${lease.now}
      and (lease_until is null or lease_until <= ${lease.now})
    returning id as "attemptId", customer_id as "customerId", invoice_id as "invoiceId", epoch, call_count as "callCount",
      first_called_at as "firstCalledAt", gateway, provider_key as "providerKey", token, amount, currency`;
  return rows[0];
}

/** Lets a claim that still stands last until `leaseUntil`. */
export async function renewPayment(
  tx: Tx,
  claim: Pick<ClaimedPayment, 'attemptId' | 'epoch'>,
  leaseUntil: string,
): Promise<void> {
  await tx`
    update payment_attempts set lease_until = ${leaseUntil}
    where id = ${claim.attemptId} and epoch = ${claim.epoch} and lease_until is not null`;
}
