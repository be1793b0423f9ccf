// Owns /plans: what is sold, with its prices.
import { z } from 'zod';
import { findPlan, listPlans } from '#db/views/plans.ts';
import { commandAnswers } from '#http/command-answers.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { pageOf, pageQuery } from '#http/pagination.ts';
import { idOf, readOne, readPage } from '#http/read.ts';
import { pathName } from '#http/schemas/fields.ts';
import { plan } from '#http/schemas/plans.ts';
import { planRequest } from '#http/schemas/price-terms.ts';
import { sendCommand } from '#http/send-command.ts';
import { planCreate } from '#runtime/commands/plan-commands.ts';

export function planRoutes(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'createPlan',
      method: 'post',
      path: '/plans',
      tag: 'Catalog',
      summary: 'Create a plan with its prices and publish it',
      description: 'A published plan version and its prices never change.',
      command: true,
      body: planCreate,
      documents: planRequest,
      answers: commandAnswers(201, 'The plan.', plan),
      run: ({ body }, call) =>
        sendCommand(deps.commandBus, call, {
          type: 'plan.create',
          payload: body,
          status: 201,
          location: '/plans',
        }),
    }),
    operation({
      id: 'listPlans',
      method: 'get',
      path: '/plans',
      tag: 'Catalog',
      summary: 'List plans with their newest version, newest first',
      query: z.object(pageQuery),
      answers: { 200: { description: 'A page of plans.', schema: pageOf(plan) } },
      run: ({ query }, call) =>
        readPage(deps, call, {
          list: 'plans',
          query,
          keyOf: idOf,
          read: (tx, slice) => listPlans(tx, call.tenant, slice),
        }),
    }),
    operation({
      id: 'getPlan',
      method: 'get',
      path: '/plans/{id}',
      tag: 'Catalog',
      summary: 'A plan with its prices, by id or key',
      params: z.object({ id: pathName }),
      answers: { 200: { description: 'The plan.', schema: plan } },
      run: ({ params }, call) =>
        readOne(deps, call, { what: 'plan', find: (tx) => findPlan(tx, call.tenant, params.id) }),
    }),
  ];
}
