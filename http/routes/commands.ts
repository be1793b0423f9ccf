// Owns /commands: the outcome of what was asked, for callers that did not wait for it.
import { z } from 'zod';
import { allows, type OperationId } from '#http/access.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation, success } from '#http/operation.ts';
import { refuse } from '#http/problem.ts';
import { notFound } from '#http/read.ts';
import { pathName } from '#http/schemas/fields.ts';
import { command } from '#http/schemas/notifications.ts';
import type { CommandType } from '#runtime/commands/registry.ts';

/** Which operation sends which command: who may send it may see its outcome, which can hold a secret. */
const SENT_BY: Readonly<Record<CommandType, OperationId>> = {
  'api_key.create': 'createApiKey',
  'api_key.revoke': 'revokeApiKey',
  'meter.create': 'createMeter',
  'price_unit.create': 'createPriceUnit',
  'price_unit.set_rate': 'setPriceUnitRate',
  'plan.create': 'createPlan',
  'plan.publish_version': 'publishPlanVersion',
  'customer.create': 'createCustomer',
  'webhook_endpoint.create': 'createWebhookEndpoint',
  'webhook_endpoint.update': 'updateWebhookEndpoint',
  'webhook_endpoint.delete': 'deleteWebhookEndpoint',
  'webhook_endpoint.rotate_secret': 'rotateWebhookSecret',
  'webhook_delivery.replay': 'replayWebhookDelivery',
  'meter.update': 'updateMeter',
  'usage.reprocess': 'reprocessUsage',
  'usage.reprocess_cancel': 'cancelUsageReprocessing',
  'usage_event.amend': 'amendUsageEvent',
  'usage_event.retract': 'retractUsageEvent',
  'usage.recount': 'recountUsage',
  'test_clock.create': 'createTestClock',
  'test_clock.advance': 'advanceTestClock',
  'payment_method.attach': 'attachPaymentMethod',
  'subscription.create': 'createSubscription',
  'subscription.cancel': 'cancelSubscription',
  'subscription.move': 'moveSubscription',
  'invoice.pay': 'payInvoice',
  'customer.release': 'releaseCustomer',
};

export function commandRoutes({ commandBus }: HttpDeps): Operation[] {
  return [
    operation({
      id: 'getCommand',
      method: 'get',
      path: '/commands/{id}',
      tag: 'Commands',
      summary: 'A command and its outcome',
      description: 'For keys that may send such a command.',
      params: z.object({ id: pathName }),
      answers: { 200: { description: 'The command.', schema: command } },
      run: async ({ params }, { tenant, role }) => {
        const found = await commandBus.outcome(tenant, params.id);
        if (found === undefined) return notFound('command');
        if (role === undefined || !maySee(found.type, role)) {
          return refuse('forbidden', 'This key may not send such a command, nor see its outcome.');
        }
        const { customerId = null, outcome = null, decidedAt = null, ...rest } = found;
        return success(200, { ...rest, customerId, outcome, decidedAt });
      },
    }),
  ];
}

function maySee(type: string, role: Parameters<typeof allows>[1]): boolean {
  return Object.hasOwn(SENT_BY, type) && allows(SENT_BY[type as CommandType], role);
}
