// Owns which code decides which command of the tenant's own actor. A stored payload is read again with its schema:
// a row may be older than the code.
import type { z } from 'zod';
import { reject } from '#actors/rejection.ts';
import type { QueuedCommand } from '#db/commands.ts';
import { invalidPayload } from '#runtime/commands/invalid-payload.ts';
import { TENANT_COMMANDS, type TenantCommandType } from '#runtime/commands/registry.ts';
import { createApiKey, endApiKey } from './api-keys.ts';
import { changeMeter } from './change-meter.ts';
import type { Applied, TenantContext } from './context.ts';
import { amendUsage, retractUsage } from './correct-usage.ts';
import { createCustomer } from './create-customer.ts';
import { createMeter } from './create-meter.ts';
import { createPlan } from './create-plan.ts';
import { createPriceUnit, setUnitRate } from './price-units.ts';
import { publishVersion } from './publish-version.ts';
import { recountUsage } from './recount-usage.ts';
import { reprocessUsage, stopReprocessing } from './reprocess-usage.ts';
import { advanceTestClock, createTestClock } from './test-clocks.ts';
import {
  createEndpoint,
  deleteEndpoint,
  replayDelivery,
  rotateSecret,
  updateEndpoint,
} from './webhook-endpoints.ts';

type Apply = (context: TenantContext, payload: unknown) => Promise<Applied>;

const APPLY: Readonly<Record<TenantCommandType, Apply>> = {
  'api_key.create': reading(TENANT_COMMANDS['api_key.create'], createApiKey),
  'api_key.revoke': reading(TENANT_COMMANDS['api_key.revoke'], endApiKey),
  'meter.create': reading(TENANT_COMMANDS['meter.create'], createMeter),
  'price_unit.create': reading(TENANT_COMMANDS['price_unit.create'], createPriceUnit),
  'price_unit.set_rate': reading(TENANT_COMMANDS['price_unit.set_rate'], setUnitRate),
  'plan.create': reading(TENANT_COMMANDS['plan.create'], createPlan),
  'plan.publish_version': reading(TENANT_COMMANDS['plan.publish_version'], publishVersion),
  'customer.create': reading(TENANT_COMMANDS['customer.create'], createCustomer),
  'webhook_endpoint.create': reading(TENANT_COMMANDS['webhook_endpoint.create'], createEndpoint),
  'webhook_endpoint.update': reading(TENANT_COMMANDS['webhook_endpoint.update'], updateEndpoint),
  'webhook_endpoint.delete': reading(TENANT_COMMANDS['webhook_endpoint.delete'], deleteEndpoint),
  'webhook_endpoint.rotate_secret': reading(TENANT_COMMANDS['webhook_endpoint.rotate_secret'], rotateSecret),
  'webhook_delivery.replay': reading(TENANT_COMMANDS['webhook_delivery.replay'], replayDelivery),
  'meter.update': reading(TENANT_COMMANDS['meter.update'], changeMeter),
  'usage.reprocess': reading(TENANT_COMMANDS['usage.reprocess'], reprocessUsage),
  'usage.reprocess_cancel': reading(TENANT_COMMANDS['usage.reprocess_cancel'], stopReprocessing),
  'usage_event.amend': reading(TENANT_COMMANDS['usage_event.amend'], amendUsage),
  'usage_event.retract': reading(TENANT_COMMANDS['usage_event.retract'], retractUsage),
  'usage.recount': reading(TENANT_COMMANDS['usage.recount'], recountUsage),
  'test_clock.create': reading(TENANT_COMMANDS['test_clock.create'], createTestClock),
  'test_clock.advance': reading(TENANT_COMMANDS['test_clock.advance'], advanceTestClock),
};

/** Decides one command and writes what follows. A refusal is an outcome; what is thrown is a fault or a bug. */
export async function applyTenantCommand(context: TenantContext, command: QueuedCommand): Promise<Applied> {
  if (!isTenantCommand(command.type)) {
    return { outcome: reject('unknown_command', `no actor of a tenant knows ${command.type}`) };
  }
  return APPLY[command.type](context, command.payload);
}

function isTenantCommand(type: string): type is TenantCommandType {
  return Object.hasOwn(APPLY, type);
}

function reading<P>(
  schema: z.ZodType<P>,
  apply: (context: TenantContext, payload: P) => Promise<Applied>,
): Apply {
  return async (context, payload) => {
    const read = schema.safeParse(payload);
    return read.success ? apply(context, read.data) : { outcome: invalidPayload(read.error) };
  };
}
