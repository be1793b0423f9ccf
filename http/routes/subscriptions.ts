// Owns /subscriptions: agreements of customers with plans.
import { z } from 'zod';
import { findCustomerId } from '#db/views/customers.ts';
import { findSubscription, findSubscriptionOwner, listSubscriptions } from '#db/views/subscriptions.ts';
import { commandAnswers } from '#http/command-answers.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { pageOf, pageQuery } from '#http/pagination.ts';
import { idOf, readOne, readPage } from '#http/read.ts';
import {
  subscription,
  subscriptionCreated,
  subscriptionDetail,
  subscriptionMoved,
  subscriptionStatus,
} from '#http/schemas/customers.ts';
import { customerName, id, pathName, time } from '#http/schemas/fields.ts';
import { agreedPrices } from '#http/schemas/price-terms.ts';
import { sendCustomerCommand } from '#http/send-customer-command.ts';
import {
  subscriptionCancel,
  subscriptionCreate,
  subscriptionMove,
} from '#runtime/commands/customer-commands.ts';

const params = z.object({ id: pathName });

export function subscriptionRoutes(deps: HttpDeps): Operation[] {
  return [...changing(deps), ...reading(deps)];
}

function changing(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'createSubscription',
      method: 'post',
      path: '/subscriptions',
      tag: 'Subscriptions',
      summary: 'Subscribe a customer to a plan',
      description: 'A start in the past bills all elapsed periods now.',
      command: true,
      body: subscriptionCreate.safeExtend({ customer: customerName('Who pays') }),
      documents: subscriptionCreate
        .omit({ prices: true })
        .safeExtend({ customer: customerName('Who pays'), prices: agreedPrices }),
      answers: commandAnswers(201, 'The subscription.', subscriptionCreated),
      run: ({ body: { customer, ...payload } }, call) =>
        sendCustomerCommand(deps, call, {
          owner: (tx) => findCustomerId(tx, call.tenant, customer),
          ownerField: '/customer',
          type: 'subscription.create',
          payload,
          status: 201,
          location: '/subscriptions',
        }),
    }),
    operation({
      id: 'cancelSubscription',
      method: 'post',
      path: '/subscriptions/{id}/cancel',
      tag: 'Subscriptions',
      summary: 'Cancel a subscription',
      description: 'At the end of its period, or at once with `atPeriodEnd: false`.',
      params,
      command: true,
      body: subscriptionCancel.omit({ subscriptionId: true }),
      answers: commandAnswers(200, 'When it ends.', z.object({ id: id('sub'), cancelAt: time })),
      run: ({ params, body }, call) =>
        sendCustomerCommand(deps, call, {
          owner: (tx) => findSubscriptionOwner(tx, call.tenant, params.id),
          type: 'subscription.cancel',
          payload: { ...body, subscriptionId: params.id },
          status: 200,
        }),
    }),
    operation({
      id: 'moveSubscription',
      method: 'post',
      path: '/subscriptions/{id}/move',
      tag: 'Subscriptions',
      summary: 'Move a subscription to another version of its plan, or let it follow',
      description: 'From its next boundary on. Prices that were agreed with the customer stay.',
      params,
      command: true,
      body: subscriptionMove.omit({ subscriptionId: true }),
      answers: commandAnswers(200, 'Where it moves.', subscriptionMoved),
      run: ({ params, body }, call) =>
        sendCustomerCommand(deps, call, {
          owner: (tx) => findSubscriptionOwner(tx, call.tenant, params.id),
          type: 'subscription.move',
          payload: { ...body, subscriptionId: params.id },
          status: 200,
        }),
    }),
  ];
}

function reading(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'listSubscriptions',
      method: 'get',
      path: '/subscriptions',
      tag: 'Subscriptions',
      summary: 'List subscriptions, newest first',
      query: z.object({
        ...pageQuery,
        customer: customerName('Whose').optional(),
        status: subscriptionStatus.optional(),
      }),
      answers: { 200: { description: 'A page of subscriptions.', schema: pageOf(subscription) } },
      run: ({ query: { customer, status, ...query } }, call) =>
        readPage(deps, call, {
          list: 'subscriptions',
          query,
          keyOf: idOf,
          read: async (tx, slice) => {
            const customerId = customer && (await findCustomerId(tx, call.tenant, customer));
            if (customer !== undefined && customerId === undefined) return undefined;
            return listSubscriptions(tx, call.tenant, { ...slice, customerId, status });
          },
        }),
    }),
    operation({
      id: 'getSubscription',
      method: 'get',
      path: '/subscriptions/{id}',
      tag: 'Subscriptions',
      summary: 'A subscription with its items',
      params,
      answers: { 200: { description: 'The subscription.', schema: subscriptionDetail } },
      run: ({ params }, call) =>
        readOne(deps, call, {
          what: 'subscription',
          find: (tx) => findSubscription(tx, call.tenant, params.id),
        }),
    }),
  ];
}
