// Owns giving a customer a way to pay. Only gateway tokens are kept, never a card number.
import type { AttachPaymentMethod } from '#actors/message.ts';
import { hasUnresolvedAttempt } from '#actors/payments/begin-payments.ts';
import { gatewayRejection } from '#actors/payments/gateway-rules.ts';
import { type Outcome, reject } from '#actors/rejection.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Attaches a token; the first one is the default in any case. Open invoices that waited for a method become due. */
export function attachPaymentMethod(work: Workspace, message: AttachPaymentMethod): Outcome {
  const { tenant, gateways } = work.state;
  const onTestClock = work.customer().clockId !== null;
  const facts = { gateways, sandbox: tenant.sandbox, onTestClock };
  const refused = gatewayRejection(message.gateway, facts, '/gateway');
  if (refused !== undefined) return refused;
  const methods = work.all('paymentMethods');
  if (methods.some((method) => method.gateway === message.gateway && method.token === message.token)) {
    return reject('payment_method_exists', 'this token is already attached to the customer', '/token');
  }
  const isDefault = methods.length === 0 || message.isDefault === true;
  if (isDefault)
    for (const method of methods)
      if (method.isDefault) work.put('paymentMethods', { ...method, isDefault: false });
  const method = work.put('paymentMethods', {
    id: work.mint('pm'),
    gateway: message.gateway,
    token: message.token,
    brand: message.brand ?? null,
    last4: message.last4 ?? null,
    isDefault,
    createdAt: work.now,
  });
  for (const invoice of work.all('invoices')) {
    if (!isDefault || invoice.status !== 'open' || invoice.nextAttemptAt !== null) continue;
    // An attempt under way says itself, when it is declined, when the next one is due.
    if (!hasUnresolvedAttempt(work, invoice)) {
      work.put('invoices', { ...invoice, nextAttemptAt: work.now });
    }
  }
  return { ok: true, data: { id: method.id, isDefault } };
}
