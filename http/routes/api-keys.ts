// Owns /api-keys: who speaks for the tenant, in which role, and no more.
import { z } from 'zod';
import { listApiKeys } from '#db/views/api-keys.ts';
import { commandAnswers } from '#http/command-answers.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { pageOf, pageQuery } from '#http/pagination.ts';
import { idOf, readPage } from '#http/read.ts';
import { apiKey, apiKeyCreated } from '#http/schemas/catalog.ts';
import { pathName } from '#http/schemas/fields.ts';
import { sendCommand } from '#http/send-command.ts';
import { apiKeyCreate } from '#runtime/commands/api-key-commands.ts';

const TAG = 'Tenants';

export function apiKeyRoutes(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'createApiKey',
      method: 'post',
      path: '/api-keys',
      tag: TAG,
      summary: 'Create an API key',
      description:
        'The key itself is shown in this answer, and again to who repeats the request within 24 hours.',
      command: true,
      body: apiKeyCreate,
      answers: commandAnswers(201, 'The key.', apiKeyCreated),
      run: ({ body }, call) =>
        sendCommand(deps.commandBus, call, { type: 'api_key.create', payload: body, status: 201 }),
    }),
    operation({
      id: 'listApiKeys',
      method: 'get',
      path: '/api-keys',
      tag: TAG,
      summary: 'List API keys, newest first',
      query: z.object(pageQuery),
      answers: { 200: { description: 'A page of keys, without their texts.', schema: pageOf(apiKey) } },
      run: ({ query }, call) =>
        readPage(deps, call, {
          list: 'api_keys',
          query,
          keyOf: idOf,
          read: (tx, slice) => listApiKeys(tx, call.tenant, slice),
        }),
    }),
    operation({
      id: 'revokeApiKey',
      method: 'delete',
      path: '/api-keys/{id}',
      tag: TAG,
      summary: 'Revoke an API key',
      description:
        'It ends within 30 seconds. The last admin key cannot be revoked: nobody could make another.',
      params: z.object({ id: pathName }),
      command: true,
      answers: commandAnswers(204, 'Revoked.'),
      run: ({ params }, call) =>
        sendCommand(deps.commandBus, call, {
          type: 'api_key.revoke',
          payload: { keyId: params.id },
          status: 204,
        }),
    }),
  ];
}
