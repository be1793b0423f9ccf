// Owns /events and /customers/{id}/events: what happened, in the words webhooks use.
import { z } from 'zod';
import { type BillingEventView, listBillingEvents, listCustomerEvents } from '#db/views/billing-events.ts';
import { findCustomerId } from '#db/views/customers.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { pageOf, pageQuery } from '#http/pagination.ts';
import { idOf, readPage } from '#http/read.ts';
import { customerName, pathName } from '#http/schemas/fields.ts';
import { billingEvent } from '#http/schemas/notifications.ts';

export function billingEventRoutes(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'listEvents',
      method: 'get',
      path: '/events',
      tag: 'Billing events',
      summary: 'List billing events, newest first',
      query: z.object({
        ...pageQuery,
        type: z
          .string()
          .regex(/^billing\.[a-z_]+\.[a-z_]+$/, 'must be an event type')
          .optional(),
        object: pathName.optional().meta({ description: 'Id of the object it happened to.' }),
      }),
      answers: { 200: { description: 'A page of billing events.', schema: pageOf(billingEvent) } },
      run: ({ query: { type, object, ...query } }, call) =>
        readPage(deps, call, {
          list: 'events',
          query,
          keyOf: idOf,
          read: (tx, slice) => listBillingEvents(tx, call.tenant, { ...slice, type, objectId: object }),
        }),
    }),
    operation({
      id: 'listCustomerEvents',
      method: 'get',
      path: '/customers/{id}/events',
      tag: 'Billing events',
      summary: "A customer's billing events in their sequence",
      description:
        'Give the last sequence you know as afterSequence to hear what came since; no number is missing.',
      params: z.object({ id: customerName('The customer') }),
      query: z.object({
        ...pageQuery,
        afterSequence: z
          .string()
          .regex(/^\d{1,18}$/, 'must be a whole number')
          .optional(),
      }),
      answers: {
        200: { description: 'A page of billing events, oldest first.', schema: pageOf(billingEvent) },
      },
      run: ({ params, query }, call) =>
        readPage(deps, call, {
          list: 'customer_events',
          query,
          keyOf: (event: BillingEventView) => event.sequence ?? '0',
          read: async (tx, { limit, after = query.afterSequence }) => {
            const customerId = await findCustomerId(tx, call.tenant, params.id);
            if (customerId === undefined) return undefined;
            return listCustomerEvents(tx, call.tenant, { customerId, limit, after });
          },
        }),
    }),
  ];
}
