// Owns /webhook-deliveries: what was sent where, how it went, and sending it again.
import { z } from 'zod';
import { listWebhookDeliveries } from '#db/views/webhook-deliveries.ts';
import { commandAnswers } from '#http/command-answers.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { pageOf, pageQuery } from '#http/pagination.ts';
import { idOf, readPage } from '#http/read.ts';
import { pathName } from '#http/schemas/fields.ts';
import { webhookDelivery, webhookReplay } from '#http/schemas/notifications.ts';
import { sendCommand } from '#http/send-command.ts';

export function webhookDeliveryRoutes(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'listWebhookDeliveries',
      method: 'get',
      path: '/webhook-deliveries',
      tag: 'Webhooks',
      summary: 'List webhook deliveries with their attempts, newest first',
      query: z.object({
        ...pageQuery,
        endpoint: pathName.optional(),
        message: pathName.optional().meta({ description: 'Id of a billing event.' }),
        status: z.enum(['pending', 'delivered', 'exhausted']).optional(),
      }),
      answers: { 200: { description: 'A page of deliveries.', schema: pageOf(webhookDelivery) } },
      run: ({ query: { endpoint, message, status, ...query } }, call) =>
        readPage(deps, call, {
          list: 'webhook_deliveries',
          query,
          keyOf: idOf,
          read: (tx, slice) =>
            listWebhookDeliveries(tx, call.tenant, {
              ...slice,
              endpointId: endpoint,
              messageId: message,
              status,
            }),
        }),
    }),
    operation({
      id: 'replayWebhookDelivery',
      method: 'post',
      path: '/webhook-deliveries/{id}/replay',
      tag: 'Webhooks',
      summary: 'Send a delivery again',
      description: 'A new delivery of the same message: same webhook-id, same bytes.',
      params: z.object({ id: pathName }),
      command: true,
      answers: commandAnswers(201, 'The new delivery.', webhookReplay),
      run: ({ params }, call) =>
        sendCommand(deps.commandBus, call, {
          type: 'webhook_delivery.replay',
          payload: { deliveryId: params.id },
          status: 201,
        }),
    }),
  ];
}
