// Owns looking at usage: what became of a request, and what a meter counted.
import { z } from 'zod';
import { findCustomerId } from '#db/views/customers.ts';
import { findMeter } from '#db/views/meters.ts';
import { readTenant } from '#db/views/read-tenant.ts';
import { summarizeUsage } from '#db/views/usage-summary.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation, success } from '#http/operation.ts';
import { notFound } from '#http/read.ts';
import { customerName, pathName } from '#http/schemas/fields.ts';
import { usageRequest, usageSummary } from '#http/schemas/usage.ts';
import { usageRequestBody } from '#http/usage-answers.ts';
import { instant } from '#runtime/commands/fields.ts';

export function usageRoutes({ sql, ingest }: HttpDeps): Operation[] {
  return [
    operation({
      id: 'getUsageRequest',
      method: 'get',
      path: '/usage/requests/{id}',
      tag: 'Usage',
      summary: 'What became of reported events',
      description: 'Kept for some days after they were counted.',
      params: z.object({ id: pathName }),
      answers: { 200: { description: 'The request.', schema: usageRequest } },
      run: async ({ params }, { tenant }) => {
        const state = await ingest.find(tenant, params.id);
        if (state === undefined) return notFound('usage request');
        return success(200, usageRequestBody(params.id, state.status === 'done' ? state : undefined));
      },
    }),
    operation({
      id: 'getUsageSummary',
      method: 'get',
      path: '/usage/summary',
      tag: 'Usage',
      summary: 'What a meter counted for a customer between two instants',
      query: z
        .object({
          meter: pathName.meta({ description: 'Id or key.', example: 'input_tokens' }),
          customer: customerName('Whose usage'),
          start: instant.meta({ example: '2023-11-01T00:00:00Z' }),
          end: instant.meta({ description: 'Not included.', example: '2023-12-01T00:00:00Z' }),
        })
        .refine(({ start, end }) => start < end, { path: ['end'], message: 'must be after start' }),
      answers: { 200: { description: 'Quantity and number of events.', schema: usageSummary } },
      run: async ({ query: { meter: name, customer, start, end } }, { tenant }) =>
        readTenant(sql, tenant, async (tx) => {
          const meter = await findMeter(tx, tenant, name);
          if (meter === undefined) return notFound('meter');
          const customerId = await findCustomerId(tx, tenant, customer);
          if (customerId === undefined) return notFound('customer');
          const summary = await summarizeUsage(tx, tenant, { meter, customerId, span: { start, end } });
          return success(200, { meter: meter.key, customerId, start, end, ...summary });
        }),
    }),
  ];
}
