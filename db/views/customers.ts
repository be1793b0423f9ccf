// Owns how customers look from outside, and finding one by its id or by the seller's own.
import type { Tx } from '#db/scope.ts';
import type { Slice } from './read-tenant.ts';

const EXTERNAL = 'ext:';

export type PaymentMethodView = {
  readonly id: string;
  readonly gateway: string;
  readonly brand: string | null;
  readonly last4: string | null;
  readonly isDefault: boolean;
  readonly createdAt: string;
};

export type CustomerView = {
  readonly id: string;
  readonly externalId: string;
  readonly name: string;
  readonly email: string | null;
  readonly currency: string;
  readonly zone: string;
  /** Id of the test clock it lives on. */
  readonly testClock: string | null;
  readonly autoCollect: boolean;
  /** Number of its last billing event. */
  readonly sequence: string;
  readonly parkedAt: string | null;
  readonly parkedReason: string | null;
  /** How many of its charges a bug keeps from being billed. */
  readonly parkedCharges: number;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type CustomerDetailView = CustomerView & { readonly paymentMethods: readonly PaymentMethodView[] };

const columns = (tx: Tx) => tx`
  id, external_id as "externalId", name, email, currency, zone, clock_id as "testClock", auto_collect as "autoCollect",
  sequence, parked_at as "parkedAt", parked_reason as "parkedReason",
  (select count(*)::int from charges h where h.customer_id = customers.id and h.parked_at is not null) as "parkedCharges",
  created_at as "createdAt", updated_at as "updatedAt"`;

/** Our id or the seller's own; `ext:` before it says that it is the seller's, should one ever look like ours. */
const named = (tx: Tx, name: string) =>
  name.startsWith(EXTERNAL)
    ? tx`external_id = ${name.slice(EXTERNAL.length)} limit 1`
    : tx`(id = ${name} or external_id = ${name}) order by (id = ${name}) desc limit 1`;

export type CustomerFilter = { readonly parked: boolean | undefined };

/** Newest first. */
export async function listCustomers(
  tx: Tx,
  tenantId: string,
  { limit, after, parked }: Slice & CustomerFilter,
): Promise<CustomerView[]> {
  const standsStill = tx`(parked_at is not null
    or exists (select 1 from charges h where h.customer_id = customers.id and h.parked_at is not null))`;
  const parkedState = parked ? tx`and ${standsStill}` : tx`and not ${standsStill}`;
  return await tx<CustomerView[]>`
    select ${columns(tx)} from customers
    where tenant_id = ${tenantId} ${after === undefined ? tx`` : tx`and id < ${after}`}
      ${parked === undefined ? tx`` : parkedState}
    order by id desc limit ${limit + 1}`;
}

export async function findCustomer(
  tx: Tx,
  tenantId: string,
  name: string,
): Promise<CustomerDetailView | undefined> {
  const [customer] = await tx<CustomerView[]>`
    select ${columns(tx)} from customers where tenant_id = ${tenantId} and ${named(tx, name)}`;
  if (customer === undefined) return undefined;
  const paymentMethods = await tx<PaymentMethodView[]>`
    select id, gateway, brand, last4, is_default as "isDefault", created_at as "createdAt"
    from payment_methods where customer_id = ${customer.id} order by id`;
  return { ...customer, paymentMethods };
}

/** The id of the customer so named; undefined when the tenant has none. */
export async function findCustomerId(tx: Tx, tenantId: string, name: string): Promise<string | undefined> {
  const rows = await tx<{ id: string }[]>`
    select id from customers where tenant_id = ${tenantId} and ${named(tx, name)}`;
  return rows[0]?.id;
}
