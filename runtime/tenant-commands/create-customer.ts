// Owns customer.create: the customer's row, its first payment method, and the first event of its own sequence.
import { decideCustomer, type NewCustomer } from '#actors/decisions/tenant-customer.ts';
import { customerCreationFacts, insertCustomer, insertFirstPaymentMethod } from '#db/customer-creation.ts';
import type { CommandPayload } from '#runtime/commands/registry.ts';
import { type Applied, done, emit, type TenantContext } from './context.ts';

export async function createCustomer(
  context: TenantContext,
  payload: CommandPayload<'customer.create'>,
): Promise<Applied> {
  const { tx, tenant, ids, gateways } = context;
  const { externalIdTaken, clockNow, methodTaken } = await customerCreationFacts(tx, tenant.id, payload);
  const facts = { tenant, externalIdTaken, methodTaken, gateways, clockExists: clockNow !== null };
  const decision = decideCustomer(payload, facts);
  if (!decision.ok) return { outcome: decision };

  const { customer } = decision;
  const id = ids('cus');
  const { name, externalId, email = null, currency, zone, testClock = null } = customer;
  // The customer's own time: it lives on the clock from its first instant.
  const createdAt = clockNow ?? context.nowText;
  const row = { id, externalId, name, email, currency, zone };
  const times = { createdAt, updatedAt: context.nowText };
  await insertCustomer(tx, { ...row, ...times, tenantId: tenant.id, clockId: testClock, sequence: 1 });
  const paymentMethods = await insertMethod(context, customer, { id, createdAt });
  const data = { ...row, testClock, paymentMethods, createdAt };
  await emit(context, {
    type: 'billing.customer.created',
    objectType: 'customer',
    objectId: id,
    data,
    customer: { id, occurredAt: createdAt },
  });
  return done(data);
}

/** The token stays inside: it is the gateway's word for a card. */
async function insertMethod(
  context: TenantContext,
  { paymentMethod }: NewCustomer,
  customer: { readonly id: string; readonly createdAt: string },
): Promise<object[]> {
  if (paymentMethod === undefined) return [];
  const { gateway, token, brand = null, last4 = null } = paymentMethod;
  const shown = { id: context.ids('pm'), gateway, brand, last4 };
  await insertFirstPaymentMethod(context.tx, {
    ...shown,
    token,
    tenantId: context.tenant.id,
    customerId: customer.id,
    createdAt: customer.createdAt,
  });
  return [{ ...shown, isDefault: true }];
}
