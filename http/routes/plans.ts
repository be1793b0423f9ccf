// Owns /plans: what is sold, with its prices.
import { z } from 'zod';
import { findPlan, listPlans, listPlanVersions, type PlanView } from '#db/views/plans.ts';
import { commandAnswers } from '#http/command-answers.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { pageOf, pageQuery } from '#http/pagination.ts';
import { idOf, readOne, readPage } from '#http/read.ts';
import { pathName } from '#http/schemas/fields.ts';
import { plan } from '#http/schemas/plans.ts';
import { planRequest, planVersionRequest } from '#http/schemas/price-terms.ts';
import { sendCommand } from '#http/send-command.ts';
import { planCreate, planPublishVersion } from '#runtime/commands/plan-commands.ts';

export function planRoutes(deps: HttpDeps): Operation[] {
  return [...changing(deps), ...reading(deps)];
}

function changing(deps: HttpDeps): Operation[] {
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
      id: 'publishPlanVersion',
      method: 'post',
      path: '/plans/{id}/versions',
      tag: 'Catalog',
      summary: 'Publish a new version of a plan, by id or key',
      description:
        'Subscriptions that start from its effective date on get it, and so do those that follow their plan, at their next ' +
        'boundary. All others stay on theirs until they are moved. What is not given is as in the version before.',
      params: z.object({ id: pathName }),
      command: true,
      body: planPublishVersion.omit({ plan: true }),
      documents: planVersionRequest,
      answers: commandAnswers(201, 'The plan with the new version.', plan),
      run: ({ params, body }, call) =>
        sendCommand(deps.commandBus, call, {
          type: 'plan.publish_version',
          payload: { ...body, plan: params.id },
          status: 201,
        }),
    }),
  ];
}

function reading(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'listPlanVersions',
      method: 'get',
      path: '/plans/{id}/versions',
      tag: 'Catalog',
      summary: 'The versions of a plan with their prices, newest first',
      params: z.object({ id: pathName }),
      query: z.object(pageQuery),
      answers: { 200: { description: 'A page of the plan, once for each version.', schema: pageOf(plan) } },
      run: ({ params, query }, call) =>
        readPage(deps, call, {
          list: 'plan-versions',
          of: 'plan',
          query,
          keyOf: ({ version }: PlanView) => version.id,
          read: (tx, slice) => listPlanVersions(tx, call.tenant, { ...slice, plan: params.id }),
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
