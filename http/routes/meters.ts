// Owns /meters: how usage events become numbers.
import { z } from 'zod';
import { findMeter, listMeters } from '#db/views/meters.ts';
import { commandAnswers } from '#http/command-answers.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { pageOf, pageQuery } from '#http/pagination.ts';
import { idOf, readOne, readPage } from '#http/read.ts';
import { meter } from '#http/schemas/catalog.ts';
import { pathName } from '#http/schemas/fields.ts';
import { sendCommand } from '#http/send-command.ts';
import { meterChange, meterCreate } from '#runtime/commands/meter-commands.ts';

export function meterRoutes(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'createMeter',
      method: 'post',
      path: '/meters',
      tag: 'Catalog',
      summary: 'Create a meter',
      command: true,
      body: meterCreate,
      answers: commandAnswers(201, 'The meter.', meter),
      run: ({ body }, call) =>
        sendCommand(deps.commandBus, call, {
          type: 'meter.create',
          payload: body,
          status: 201,
          location: '/meters',
        }),
    }),
    operation({
      id: 'listMeters',
      method: 'get',
      path: '/meters',
      tag: 'Catalog',
      summary: 'List meters, newest first',
      query: z.object(pageQuery),
      answers: { 200: { description: 'A page of meters.', schema: pageOf(meter) } },
      run: ({ query }, call) =>
        readPage(deps, call, {
          list: 'meters',
          query,
          keyOf: idOf,
          read: (tx, slice) => listMeters(tx, call.tenant, slice),
        }),
    }),
    operation({
      id: 'updateMeter',
      method: 'patch',
      path: '/meters/{id}',
      tag: 'Catalog',
      summary: 'Change how a meter reads events',
      description:
        'Events from now on are read so; what was counted stays until it is reprocessed. What a meter makes of the events, ' +
        'its aggregation and its type of events, never changes: create another.',
      command: true,
      params: z.object({ id: pathName }),
      body: meterChange,
      answers: commandAnswers(200, 'The meter.', meter),
      run: ({ params, body }, call) =>
        sendCommand(deps.commandBus, call, {
          type: 'meter.update',
          payload: { meter: params.id, ...body },
          status: 200,
        }),
    }),
    operation({
      id: 'getMeter',
      method: 'get',
      path: '/meters/{id}',
      tag: 'Catalog',
      summary: 'A meter, by id or key',
      params: z.object({ id: pathName }),
      answers: { 200: { description: 'The meter.', schema: meter } },
      run: ({ params }, call) =>
        readOne(deps, call, { what: 'meter', find: (tx) => findMeter(tx, call.tenant, params.id) }),
    }),
  ];
}
