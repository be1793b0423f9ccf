// Owns /events: what happened, in the words webhooks use.
import { z } from 'zod';
import { listBillingEvents } from '#db/views/billing-events.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { pageOf, pageQuery } from '#http/pagination.ts';
import { idOf, readPage } from '#http/read.ts';
import { pathName } from '#http/schemas/fields.ts';
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
  ];
}
