// Owns /price-units: units that prices can be in, and what one of them costs from when on.
import { z } from 'zod';
import { findPriceUnit, listPriceUnits } from '#db/views/price-units.ts';
import { commandAnswers } from '#http/command-answers.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { pageOf, pageQuery } from '#http/pagination.ts';
import { idOf, readOne, readPage } from '#http/read.ts';
import { priceUnit } from '#http/schemas/catalog.ts';
import { pathName } from '#http/schemas/fields.ts';
import { sendCommand } from '#http/send-command.ts';
import { priceUnitCreate, priceUnitSetRate } from '#runtime/commands/price-unit-commands.ts';

export function priceUnitRoutes(deps: HttpDeps): Operation[] {
  return [...changing(deps), ...reading(deps)];
}

function changing(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'createPriceUnit',
      method: 'post',
      path: '/price-units',
      tag: 'Catalog',
      summary: 'Create a unit that prices can be in, such as credits',
      description:
        'Its first rates hold from the beginning, so that every price in the unit can be converted.',
      command: true,
      body: priceUnitCreate,
      answers: commandAnswers(201, 'The unit.', priceUnit),
      run: ({ body }, call) =>
        sendCommand(deps.commandBus, call, {
          type: 'price_unit.create',
          payload: body,
          status: 201,
          location: '/price-units',
        }),
    }),
    operation({
      id: 'setPriceUnitRate',
      method: 'post',
      path: '/price-units/{id}/rates',
      tag: 'Catalog',
      summary: 'Say what one of a unit costs from a time on, by id or key of the unit',
      description:
        'Usage is converted at the rate in force at the last moment of its service period, what is paid in advance at that of ' +
        'the first. What is rated keeps its rate.',
      params: z.object({ id: pathName }),
      command: true,
      body: priceUnitSetRate.omit({ unit: true }),
      answers: commandAnswers(201, 'The unit with all its rates.', priceUnit),
      run: ({ params, body }, call) =>
        sendCommand(deps.commandBus, call, {
          type: 'price_unit.set_rate',
          payload: { ...body, unit: params.id },
          status: 201,
        }),
    }),
  ];
}

function reading(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'listPriceUnits',
      method: 'get',
      path: '/price-units',
      tag: 'Catalog',
      summary: 'List price units with their rates, newest first',
      query: z.object(pageQuery),
      answers: { 200: { description: 'A page of units.', schema: pageOf(priceUnit) } },
      run: ({ query }, call) =>
        readPage(deps, call, {
          list: 'price-units',
          query,
          keyOf: idOf,
          read: (tx, slice) => listPriceUnits(tx, call.tenant, slice),
        }),
    }),
    operation({
      id: 'getPriceUnit',
      method: 'get',
      path: '/price-units/{id}',
      tag: 'Catalog',
      summary: 'A price unit with its rates, by id or key',
      params: z.object({ id: pathName }),
      answers: { 200: { description: 'The unit.', schema: priceUnit } },
      run: ({ params }, call) =>
        readOne(deps, call, { what: 'price unit', find: (tx) => findPriceUnit(tx, call.tenant, params.id) }),
    }),
  ];
}
