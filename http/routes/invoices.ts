// Owns /invoices: what was billed.
import { z } from 'zod';
import { findCustomerId } from '#db/views/customers.ts';
import { findInvoice } from '#db/views/invoice-detail.ts';
import { findInvoiceOwner, listInvoices } from '#db/views/invoices.ts';
import { commandAnswers } from '#http/command-answers.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { pageOf, pageQuery } from '#http/pagination.ts';
import { idOf, readOne, readPage } from '#http/read.ts';
import { customerName, pathName } from '#http/schemas/fields.ts';
import { invoice, invoiceDetail, invoiceStatus, paymentAsked } from '#http/schemas/invoices.ts';
import { sendCustomerCommand } from '#http/send-customer-command.ts';
import { invoicePay } from '#runtime/commands/customer-commands.ts';
import { instant } from '#runtime/commands/fields.ts';

const params = z.object({ id: pathName });

export function invoiceRoutes(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'listInvoices',
      method: 'get',
      path: '/invoices',
      tag: 'Invoices',
      summary: 'List invoices, newest first',
      query: z.object({
        ...pageQuery,
        customer: customerName('Whose').optional(),
        status: invoiceStatus.optional(),
        from: instant.optional().meta({ description: 'Billed at this boundary or later.' }),
        to: instant.optional().meta({ description: 'Billed at a boundary before this.' }),
      }),
      answers: { 200: { description: 'A page of invoices, without lines.', schema: pageOf(invoice) } },
      run: ({ query: { customer, status, from, to, ...query } }, call) =>
        readPage(deps, call, {
          list: 'invoices',
          query,
          keyOf: idOf,
          read: async (tx, slice) => {
            const customerId = customer && (await findCustomerId(tx, call.tenant, customer));
            if (customer !== undefined && customerId === undefined) return undefined;
            return listInvoices(tx, call.tenant, { ...slice, customerId, status, from, to });
          },
        }),
    }),
    operation({
      id: 'getInvoice',
      method: 'get',
      path: '/invoices/{id}',
      tag: 'Invoices',
      summary: 'An invoice with its lines, payment attempts and payments',
      params,
      answers: { 200: { description: 'The invoice.', schema: invoiceDetail } },
      run: ({ params }, call) =>
        readOne(deps, call, { what: 'invoice', find: (tx) => findInvoice(tx, call.tenant, params.id) }),
    }),
    operation({
      id: 'payInvoice',
      method: 'post',
      path: '/invoices/{id}/pay',
      tag: 'Invoices',
      summary: 'Collect an open invoice now',
      description:
        'Starts an attempt and answers at once; its outcome shows on the invoice and as a billing event.',
      params,
      command: true,
      body: invoicePay.omit({ invoiceId: true }),
      answers: commandAnswers(200, 'An attempt is under way.', paymentAsked),
      run: ({ params, body }, call) =>
        sendCustomerCommand(deps, call, {
          owner: (tx) => findInvoiceOwner(tx, call.tenant, params.id),
          type: 'invoice.pay',
          payload: { ...body, invoiceId: params.id },
          status: 200,
        }),
    }),
  ];
}
