// Owns /webhook-endpoints: who hears of billing events.
import { z } from 'zod';
import { findWebhookEndpoint, listWebhookEndpoints } from '#db/views/webhook-endpoints.ts';
import { commandAnswers } from '#http/command-answers.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { pageOf, pageQuery } from '#http/pagination.ts';
import { idOf, readOne, readPage } from '#http/read.ts';
import { pathName } from '#http/schemas/fields.ts';
import { webhookEndpoint, webhookEndpointWithSecret } from '#http/schemas/notifications.ts';
import { sendCommand } from '#http/send-command.ts';
import { webhookEndpointCreate, webhookEndpointUpdate } from '#runtime/commands/webhook-commands.ts';

const TAG = 'Webhooks';
const params = z.object({ id: pathName });

export function webhookEndpointRoutes(deps: HttpDeps): Operation[] {
  return [...reading(deps), ...creating(deps), ...changing(deps)];
}

function reading(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'listWebhookEndpoints',
      method: 'get',
      path: '/webhook-endpoints',
      tag: TAG,
      summary: 'List webhook endpoints, newest first',
      query: z.object(pageQuery),
      answers: { 200: { description: 'A page of endpoints.', schema: pageOf(webhookEndpoint) } },
      run: ({ query }, call) =>
        readPage(deps, call, {
          list: 'webhook_endpoints',
          query,
          keyOf: idOf,
          read: (tx, slice) => listWebhookEndpoints(tx, call.tenant, slice),
        }),
    }),
    operation({
      id: 'getWebhookEndpoint',
      method: 'get',
      path: '/webhook-endpoints/{id}',
      tag: TAG,
      summary: 'A webhook endpoint, without its secret',
      params,
      answers: { 200: { description: 'The endpoint.', schema: webhookEndpoint } },
      run: ({ params }, call) =>
        readOne(deps, call, {
          what: 'webhook endpoint',
          find: (tx) => findWebhookEndpoint(tx, call.tenant, params.id),
        }),
    }),
  ];
}

function creating({ commandBus }: HttpDeps): Operation[] {
  return [
    operation({
      id: 'createWebhookEndpoint',
      method: 'post',
      path: '/webhook-endpoints',
      tag: TAG,
      summary: 'Create a webhook endpoint',
      command: true,
      body: webhookEndpointCreate,
      answers: commandAnswers(201, 'The endpoint and its signing secret.', webhookEndpointWithSecret),
      run: ({ body }, call) =>
        sendCommand(commandBus, call, {
          type: 'webhook_endpoint.create',
          payload: body,
          status: 201,
          location: '/webhook-endpoints',
        }),
    }),
    operation({
      id: 'rotateWebhookSecret',
      method: 'post',
      path: '/webhook-endpoints/{id}/rotate-secret',
      tag: TAG,
      summary: 'Give an endpoint a new signing secret',
      description: 'For 24 hours deliveries carry signatures by both.',
      params,
      command: true,
      answers: commandAnswers(200, 'The endpoint and its new secret.', webhookEndpointWithSecret),
      run: ({ params }, call) =>
        sendCommand(commandBus, call, {
          type: 'webhook_endpoint.rotate_secret',
          payload: { endpointId: params.id },
          status: 200,
        }),
    }),
  ];
}

function changing({ commandBus }: HttpDeps): Operation[] {
  return [
    operation({
      id: 'updateWebhookEndpoint',
      method: 'patch',
      path: '/webhook-endpoints/{id}',
      tag: TAG,
      summary: 'Change, enable or disable a webhook endpoint',
      params,
      command: true,
      body: webhookEndpointUpdate.omit({ endpointId: true }),
      answers: commandAnswers(200, 'The endpoint.', webhookEndpoint),
      run: ({ params, body }, call) =>
        sendCommand(commandBus, call, {
          type: 'webhook_endpoint.update',
          payload: { ...body, endpointId: params.id },
          status: 200,
        }),
    }),
    operation({
      id: 'deleteWebhookEndpoint',
      method: 'delete',
      path: '/webhook-endpoints/{id}',
      tag: TAG,
      summary: 'Delete a webhook endpoint',
      description: 'What still waits for it is not sent.',
      params,
      command: true,
      answers: commandAnswers(204, 'Deleted.'),
      run: ({ params }, call) =>
        sendCommand(commandBus, call, {
          type: 'webhook_endpoint.delete',
          payload: { endpointId: params.id },
          status: 204,
        }),
    }),
  ];
}
