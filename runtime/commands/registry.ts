// Owns the list of commands: each type, the schema of its payload, and which actor decides it.
import type { z } from 'zod';
import { apiKeyCreate, apiKeyRevoke } from './api-key-commands.ts';
import {
  customerCreate,
  customerRelease,
  invoicePay,
  paymentMethodAttach,
  subscriptionCancel,
  subscriptionCreate,
  subscriptionMove,
} from './customer-commands.ts';
import { meterCreate, meterUpdate } from './meter-commands.ts';
import { planCreate, planPublishVersion } from './plan-commands.ts';
import { priceUnitCreate, priceUnitSetRate } from './price-unit-commands.ts';
import { testClockAdvance, testClockCreate } from './test-clock-commands.ts';
import {
  usageEventAmend,
  usageEventRetract,
  usageRecount,
  usageReprocess,
  usageReprocessCancel,
} from './usage-commands.ts';
import {
  webhookDeliveryReplay,
  webhookEndpointCreate,
  webhookEndpointDelete,
  webhookEndpointRotateSecret,
  webhookEndpointUpdate,
} from './webhook-commands.ts';

/** Decided by the tenant's own actor; they carry no customer. */
export const TENANT_COMMANDS = {
  'api_key.create': apiKeyCreate,
  'api_key.revoke': apiKeyRevoke,
  'meter.create': meterCreate,
  'meter.update': meterUpdate,
  'price_unit.create': priceUnitCreate,
  'price_unit.set_rate': priceUnitSetRate,
  'plan.create': planCreate,
  'plan.publish_version': planPublishVersion,
  'customer.create': customerCreate,
  'webhook_endpoint.create': webhookEndpointCreate,
  'webhook_endpoint.update': webhookEndpointUpdate,
  'webhook_endpoint.delete': webhookEndpointDelete,
  'webhook_endpoint.rotate_secret': webhookEndpointRotateSecret,
  'webhook_delivery.replay': webhookDeliveryReplay,
  'usage_event.amend': usageEventAmend,
  'usage_event.retract': usageEventRetract,
  'usage.recount': usageRecount,
  'usage.reprocess': usageReprocess,
  'usage.reprocess_cancel': usageReprocessCancel,
  'test_clock.create': testClockCreate,
  'test_clock.advance': testClockAdvance,
} as const;

/** Decided by the customer's actor. */
export const CUSTOMER_COMMANDS = {
  'payment_method.attach': paymentMethodAttach,
  'subscription.create': subscriptionCreate,
  'subscription.cancel': subscriptionCancel,
  'subscription.move': subscriptionMove,
  'invoice.pay': invoicePay,
  'customer.release': customerRelease,
} as const;

const COMMANDS = { ...TENANT_COMMANDS, ...CUSTOMER_COMMANDS };

export type TenantCommandType = keyof typeof TENANT_COMMANDS;
export type CommandType = keyof typeof COMMANDS;
/** What a caller gives. */
export type CommandInput<T extends CommandType> = z.input<(typeof COMMANDS)[T]>;
/** What an actor reads: defaults filled in. */
export type CommandPayload<T extends CommandType> = z.output<(typeof COMMANDS)[T]>;

/** Reads a payload of this type. */
export function commandSchema(type: CommandType): z.ZodType<CommandPayload<CommandType>> {
  return COMMANDS[type];
}
