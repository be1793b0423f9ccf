// Owns looking at usage: what became of a request, and what a meter counted.
import { z } from 'zod';
import { answerQuestion } from '#http/answer-question.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation, success } from '#http/operation.ts';
import { notFound } from '#http/read.ts';
import { customerName, pathName } from '#http/schemas/fields.ts';
import { usageRequest, usageSummary } from '#http/schemas/usage.ts';
import { usageRequestBody } from '#http/usage-answers.ts';
import { instant } from '#runtime/commands/fields.ts';
import { queryUsage } from '#runtime/usage/query-usage.ts';

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
      run: async ({ query: { meter, customer, start, end } }, { tenant }) => {
        const span = { from: start, to: end, zone: 'UTC', groupBy: [], filter: {} };
        const answer = await queryUsage(sql, tenant, { meter, customers: [customer], ...span });
        if (!answer.ok) return answerQuestion(answer);
        const { meterId, meter: key, aggregation, customers, rows } = answer.data;
        const { quantity = null, eventCount = '0' } = rows[0] ?? {};
        const of = { meterId, meter: key, aggregation, customerId: customers?.[0], start, end };
        return success(200, { ...of, quantity, eventCount });
      },
    }),
  ];
}
