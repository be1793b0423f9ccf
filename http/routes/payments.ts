// Owns /payments: what the outside paid.
import { z } from 'zod';
import { findCustomerId } from '#db/views/customers.ts';
import { listPayments } from '#db/views/payments.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { pageOf, pageQuery } from '#http/pagination.ts';
import { idOf, readPage } from '#http/read.ts';
import { customerName } from '#http/schemas/fields.ts';
import { payment } from '#http/schemas/invoices.ts';

export function paymentRoutes(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'listPayments',
      method: 'get',
      path: '/payments',
      tag: 'Invoices',
      summary: 'List payments, newest first',
      query: z.object({ ...pageQuery, customer: customerName('Whose').optional() }),
      answers: { 200: { description: 'A page of payments.', schema: pageOf(payment) } },
      run: ({ query: { customer, ...query } }, call) =>
        readPage(deps, call, {
          list: 'payments',
          query,
          keyOf: idOf,
          read: async (tx, slice) => {
            const customerId = customer && (await findCustomerId(tx, call.tenant, customer));
            if (customer !== undefined && customerId === undefined) return undefined;
            return listPayments(tx, call.tenant, { ...slice, customerId });
          },
        }),
    }),
  ];
}
