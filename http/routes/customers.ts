// Owns /customers: creating and looking at them. What is done to one is in customer-actions.ts.
import { z } from 'zod';
import { findCustomer, listCustomers } from '#db/views/customers.ts';
import { commandAnswers } from '#http/command-answers.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { pageOf, pageQuery } from '#http/pagination.ts';
import { idOf, readOne, readPage } from '#http/read.ts';
import { customer, customerCreated, customerDetail } from '#http/schemas/customers.ts';
import { customerName } from '#http/schemas/fields.ts';
import { sendCommand } from '#http/send-command.ts';
import { customerCreate } from '#runtime/commands/customer-commands.ts';

export function customerRoutes(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'createCustomer',
      method: 'post',
      path: '/customers',
      tag: 'Customers',
      summary: 'Create a customer',
      command: true,
      body: customerCreate,
      answers: commandAnswers(201, 'The customer.', customerCreated),
      run: ({ body }, call) =>
        sendCommand(deps.commandBus, call, {
          type: 'customer.create',
          payload: body,
          status: 201,
          location: '/customers',
        }),
    }),
    operation({
      id: 'listCustomers',
      method: 'get',
      path: '/customers',
      tag: 'Customers',
      summary: 'List customers, newest first',
      query: z.object({
        ...pageQuery,
        parked: z
          .stringbool({ truthy: ['true'], falsy: ['false'] })
          .optional()
          .meta({
            type: 'boolean',
            description: 'Only those that stand still after a bug, or only those that do not.',
          }),
      }),
      answers: { 200: { description: 'A page of customers.', schema: pageOf(customer) } },
      run: ({ query }, call) =>
        readPage(deps, call, {
          list: 'customers',
          query,
          keyOf: idOf,
          read: (tx, slice) => listCustomers(tx, call.tenant, { ...slice, parked: query.parked }),
        }),
    }),
    operation({
      id: 'getCustomer',
      method: 'get',
      path: '/customers/{id}',
      tag: 'Customers',
      summary: 'A customer with its payment methods',
      params: z.object({ id: customerName('The customer') }),
      answers: { 200: { description: 'The customer.', schema: customerDetail } },
      run: ({ params }, call) =>
        readOne(deps, call, { what: 'customer', find: (tx) => findCustomer(tx, call.tenant, params.id) }),
    }),
  ];
}
