// Owns the commands as methods for code in the same process: the same rows, actors and answers as over HTTP.
// Everything a caller can get wrong comes back as a value with a code; only faults are thrown.
import type { Outcome } from '#actors/rejection.ts';
import { reject } from '#actors/rejection.ts';
import type { CommandBus } from './command-bus.ts';
import { invalidPayload } from './commands/invalid-payload.ts';
import { type CommandInput, type CommandType, commandSchema } from './commands/registry.ts';

const WAIT_MS = 10_000;

export type SendOptions = {
  /** The same key with the same payload is the same command. */
  readonly idempotencyKey?: string;
  /** What the program calls itself, for trails of what was set right. */
  readonly sentBy?: string;
  /** How long to wait for the answer; default 10 s. */
  readonly waitMs?: number;
};

/** `still_queued`: no answer in time; `commandId` names what goes on, and sending the same key again waits again. */
export type Answer = Outcome & { readonly commandId?: string };

type TenantMethod<T extends CommandType> = (
  tenant: string,
  payload: CommandInput<T>,
  options?: SendOptions,
) => Promise<Answer>;

/** A payload without fields adds nothing. */
type Fields<T extends CommandType> =
  CommandInput<T> extends Record<string, never> ? unknown : CommandInput<T>;

type CustomerMethod<T extends CommandType> = (
  tenant: string,
  customer: { readonly customerId: string } & Fields<T>,
  options?: SendOptions,
) => Promise<Answer>;

export type CommandApi = ReturnType<typeof createCommandApi>;

export function createCommandApi(bus: CommandBus) {
  const ofTenant =
    <T extends CommandType>(type: T): TenantMethod<T> =>
    (tenant, payload, options = {}) =>
      send(bus, { tenant, type, payload }, options);

  const ofCustomer =
    <T extends CommandType>(type: T): CustomerMethod<T> =>
    (tenant, { customerId, ...payload }, options = {}) =>
      send(bus, { tenant, customerId, type, payload }, options);

  return {
    apiKeys: { create: ofTenant('api_key.create'), revoke: ofTenant('api_key.revoke') },
    meters: { create: ofTenant('meter.create'), update: ofTenant('meter.update') },
    priceUnits: { create: ofTenant('price_unit.create'), setRate: ofTenant('price_unit.set_rate') },
    plans: { create: ofTenant('plan.create'), publishVersion: ofTenant('plan.publish_version') },
    customers: { create: ofTenant('customer.create'), release: ofCustomer('customer.release') },
    paymentMethods: { attach: ofCustomer('payment_method.attach') },
    subscriptions: {
      create: ofCustomer('subscription.create'),
      cancel: ofCustomer('subscription.cancel'),
      move: ofCustomer('subscription.move'),
    },
    invoices: { pay: ofCustomer('invoice.pay') },
    usageEvents: { amend: ofTenant('usage_event.amend'), retract: ofTenant('usage_event.retract') },
    usageRecounts: { create: ofTenant('usage.recount') },
    usageReprocessings: {
      create: ofTenant('usage.reprocess'),
      cancel: ofTenant('usage.reprocess_cancel'),
    },
    webhookEndpoints: {
      create: ofTenant('webhook_endpoint.create'),
      update: ofTenant('webhook_endpoint.update'),
      delete: ofTenant('webhook_endpoint.delete'),
      rotateSecret: ofTenant('webhook_endpoint.rotate_secret'),
    },
    webhookDeliveries: { replay: ofTenant('webhook_delivery.replay') },
    testClocks: { create: ofTenant('test_clock.create'), advance: ofTenant('test_clock.advance') },
  };
}

type Sending = {
  readonly tenant: string;
  readonly customerId?: string;
  readonly type: CommandType;
  readonly payload: unknown;
};

async function send(bus: CommandBus, sending: Sending, options: SendOptions): Promise<Answer> {
  const { tenant, type } = sending;
  const read = commandSchema(type).safeParse(sending.payload);
  if (!read.success) return invalidPayload(read.error);
  const { idempotencyKey, sentBy, waitMs = WAIT_MS } = options;
  const submitted = await bus.submit({ ...sending, payload: read.data, idempotencyKey, sentBy });
  if ('mismatch' in submitted) {
    return reject('idempotency_mismatch', 'this idempotency key came with another payload before');
  }
  if ('notFound' in submitted) return reject('not_found', 'there is no such tenant or customer');

  const { commandId } = submitted;
  const outcome = await bus.wait(tenant, commandId, waitMs);
  return { ...(outcome ?? reject('still_queued', `the command ${commandId} is not decided yet`)), commandId };
}
