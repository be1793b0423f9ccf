// Owns the rows a new customer starts with, and the facts that creating one depends on.
import type { Tx } from './scope.ts';

export type CustomerNames = {
  readonly externalId: string;
  readonly testClock?: string | undefined;
  readonly paymentMethod?: { readonly gateway: string; readonly token: string } | undefined;
};

export type CustomerCreationFacts = {
  readonly externalIdTaken: boolean;
  /** The named test clock's now; null when it does not exist or none is named. */
  readonly clockNow: string | null;
  readonly methodTaken: boolean;
};

export async function customerCreationFacts(
  tx: Tx,
  tenantId: string,
  names: CustomerNames,
): Promise<CustomerCreationFacts> {
  const { externalId, testClock = null, paymentMethod } = names;
  const [facts] = await tx<CustomerCreationFacts[]>`
    select
      exists (select 1 from customers where tenant_id = ${tenantId} and external_id = ${externalId}) as "externalIdTaken",
      (select now_at from test_clocks where tenant_id = ${tenantId} and id = ${testClock}) as "clockNow",
      exists (select 1 from payment_methods where tenant_id = ${tenantId}
        and gateway = ${paymentMethod?.gateway ?? null} and token = ${paymentMethod?.token ?? null}) as "methodTaken"`;
  if (facts === undefined) throw new Error('a select without from answered no row');
  return facts;
}

export type NewCustomerRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly externalId: string;
  readonly name: string;
  readonly email: string | null;
  readonly currency: string;
  readonly zone: string;
  readonly clockId: string | null;
  /** Number of its first billing event. */
  readonly sequence: number;
  /** In the customer's time. */
  readonly createdAt: string;
  /** System time. */
  readonly updatedAt: string;
};

export async function insertCustomer(tx: Tx, customer: NewCustomerRow): Promise<void> {
  await tx`
    insert into customers (id, tenant_id, external_id, name, email, currency, zone, clock_id, sequence, created_at, updated_at)
    values (${customer.id}, ${customer.tenantId}, ${customer.externalId}, ${customer.name}, ${customer.email},
      ${customer.currency}, ${customer.zone}, ${customer.clockId}, ${customer.sequence}, ${customer.createdAt},
      ${customer.updatedAt})`;
}

export type FirstPaymentMethodRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly customerId: string;
  readonly gateway: string;
  readonly token: string;
  readonly brand: string | null;
  readonly last4: string | null;
  /** In the customer's time. */
  readonly createdAt: string;
};

/** The first payment method of a customer is its default. */
export async function insertFirstPaymentMethod(tx: Tx, method: FirstPaymentMethodRow): Promise<void> {
  await tx`
    insert into payment_methods (id, tenant_id, customer_id, gateway, token, brand, last4, is_default, created_at)
    values (${method.id}, ${method.tenantId}, ${method.customerId}, ${method.gateway}, ${method.token}, ${method.brand},
      ${method.last4}, true, ${method.createdAt})`;
}
