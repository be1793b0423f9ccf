// Owns /usage/reprocessings: stored events read again through a new or changed meter, and how far that is.
import { z } from 'zod';
import { findReprocessing, listReprocessings } from '#db/views/usage-reprocessings.ts';
import { commandAnswers } from '#http/command-answers.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { pageOf, pageQuery } from '#http/pagination.ts';
import { idOf, readOne, readPage } from '#http/read.ts';
import { pathName } from '#http/schemas/fields.ts';
import { usageReprocessing } from '#http/schemas/usage-reprocessing.ts';
import { sendCommand } from '#http/send-command.ts';
import { usageReprocess } from '#runtime/commands/usage-commands.ts';

export function usageReprocessingRoutes(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'reprocessUsage',
      method: 'post',
      path: '/usage/reprocessings',
      tag: 'Usage',
      summary: 'Read stored events again through a new or changed meter',
      description:
        'It goes on in the background, where it was stopped, and counts nothing twice. `billed: leave` passes over periods ' +
        'that are billed; `correct` sets them right by late lines and credits.',
      command: true,
      body: usageReprocess,
      answers: commandAnswers(201, 'The reprocessing, not begun yet.', usageReprocessing),
      run: ({ body: payload }, call) =>
        sendCommand(deps.commandBus, call, {
          type: 'usage.reprocess',
          payload,
          status: 201,
          location: '/usage/reprocessings',
        }),
    }),
    operation({
      id: 'listUsageReprocessings',
      method: 'get',
      path: '/usage/reprocessings',
      tag: 'Usage',
      summary: 'List reprocessings, newest first',
      query: z.object(pageQuery),
      answers: { 200: { description: 'A page of reprocessings.', schema: pageOf(usageReprocessing) } },
      run: ({ query }, call) =>
        readPage(deps, call, {
          list: 'usage_reprocessings',
          query,
          keyOf: idOf,
          read: (tx, slice) => listReprocessings(tx, call.tenant, slice),
        }),
    }),
    operation({
      id: 'getUsageReprocessing',
      method: 'get',
      path: '/usage/reprocessings/{id}',
      tag: 'Usage',
      summary: 'How far a reprocessing is',
      params: z.object({ id: pathName }),
      answers: { 200: { description: 'The reprocessing.', schema: usageReprocessing } },
      run: ({ params }, call) =>
        readOne(deps, call, {
          what: 'reprocessing',
          find: (tx) => findReprocessing(tx, call.tenant, params.id),
        }),
    }),
    operation({
      id: 'cancelUsageReprocessing',
      method: 'post',
      path: '/usage/reprocessings/{id}/cancel',
      tag: 'Usage',
      summary: 'Stop a reprocessing; what it has read again stays',
      command: true,
      params: z.object({ id: pathName }),
      answers: commandAnswers(200, 'The reprocessing.', usageReprocessing),
      run: ({ params: { id } }, call) =>
        sendCommand(deps.commandBus, call, { type: 'usage.reprocess_cancel', payload: { id }, status: 200 }),
    }),
  ];
}
