// Owns the rules of creating a customer: its names are free, its zone exists, its clock is the sandbox's.
import { parseZone } from '#actors/calendar/zone.ts';
import { parseCurrency } from '#actors/money/currency.ts';
import { gatewayRejection } from '#actors/payments/gateway-rules.ts';
import { type Rejection, reject } from '#actors/rejection.ts';

export type CustomerRequest = {
  readonly externalId: string;
  readonly name: string;
  readonly email?: string | undefined;
  readonly currency?: string | undefined;
  readonly zone?: string | undefined;
  readonly testClock?: string | undefined;
  readonly paymentMethod?: NewPaymentMethod | undefined;
};

export type NewPaymentMethod = {
  readonly gateway: string;
  readonly token: string;
  readonly brand?: string | undefined;
  readonly last4?: string | undefined;
};

export type CustomerFacts = {
  readonly tenant: { readonly currency: string; readonly zone: string; readonly sandbox: boolean };
  readonly externalIdTaken: boolean;
  /** The clock the request names exists. */
  readonly clockExists: boolean;
  /** Another customer has the request's payment method. */
  readonly methodTaken: boolean;
  readonly gateways: readonly string[];
};

export type NewCustomer = Omit<CustomerRequest, 'currency' | 'zone'> & {
  readonly currency: string;
  readonly zone: string;
};

/** The customer that is to exist, with the tenant's currency and zone where the request names none, or why not. */
export function decideCustomer(
  request: CustomerRequest,
  facts: CustomerFacts,
): { ok: true; customer: NewCustomer } | Rejection {
  const currency = request.currency ?? facts.tenant.currency;
  const zone = parseZone(request.zone ?? facts.tenant.zone);
  if (facts.externalIdTaken) {
    return reject(
      'external_id_taken',
      `there is a customer with the external id ${request.externalId}`,
      '/externalId',
    );
  }
  if (parseCurrency(currency) === undefined)
    return reject('unknown_currency', `${currency} is not a currency`, '/currency');
  if (zone === undefined) return reject('unknown_zone', `${request.zone} is not a time zone`, '/zone');
  return clockRejection(request, facts) ?? methodRejection(request, facts) ?? accept(request, currency, zone);
}

function accept(
  request: CustomerRequest,
  currency: string,
  zone: string,
): { ok: true; customer: NewCustomer } {
  return { ok: true, customer: { ...request, currency, zone } };
}

function clockRejection(request: CustomerRequest, facts: CustomerFacts): Rejection | undefined {
  if (request.testClock === undefined) return undefined;
  if (!facts.tenant.sandbox) {
    return reject('clock_not_in_sandbox', 'only a sandbox tenant has test clocks', '/testClock');
  }
  if (facts.clockExists) return undefined;
  return reject('test_clock_not_found', `there is no test clock ${request.testClock}`, '/testClock');
}

function methodRejection(request: CustomerRequest, facts: CustomerFacts): Rejection | undefined {
  const method = request.paymentMethod;
  if (method === undefined) return undefined;
  const { gateways, tenant, methodTaken } = facts;
  const rules = { gateways, sandbox: tenant.sandbox, onTestClock: request.testClock !== undefined };
  const refused = gatewayRejection(method.gateway, rules, '/paymentMethod/gateway');
  if (refused !== undefined || !methodTaken) return refused;
  return reject(
    'payment_method_taken',
    'another customer has this payment method: a token belongs to one customer',
    '/paymentMethod/token',
  );
}
