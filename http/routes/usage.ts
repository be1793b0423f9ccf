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
import { summarise } from '#runtime/usage/usage-summary.ts';

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
          ...summaryParameters,
        })
        .refine(isForward, backward),
      answers: { 200: { description: 'Quantity and number of events.', schema: usageSummary } },
      run: async ({ query: { start: from, end: to, ...rest } }, { tenant }) => {
        const answer = await summarise(sql, tenant, { ...rest, from, to });
        if (!answer.ok) return answerQuestion(answer);
        const [summary] = answer.data;
        return summary === undefined ? notFound('meter') : success(200, summary);
      },
    }),
    operation({
      id: 'listUsageSummaries',
      method: 'get',
      path: '/usage/summaries',
      tag: 'Usage',
      summary: 'What each meter counted for a customer between two instants',
      description:
        'Billed and unbilled alike, in the order of the keys of meters; of a hundred meters at most.',
      query: z.object(summaryParameters).refine(isForward, backward),
      answers: {
        200: { description: 'A summary for each meter.', schema: z.object({ data: z.array(usageSummary) }) },
      },
      run: async ({ query: { start: from, end: to, customer } }, { tenant }) => {
        const answer = await summarise(sql, tenant, { customer, from, to });
        return answer.ok ? success(200, { data: answer.data }) : answerQuestion(answer);
      },
    }),
  ];
}

const summaryParameters = {
  customer: customerName('Whose usage'),
  start: instant.meta({ example: '2023-11-01T00:00:00Z' }),
  end: instant.meta({ description: 'Not included.', example: '2023-12-01T00:00:00Z' }),
};

const isForward = ({ start, end }: { start: string; end: string }): boolean => start < end;
const backward = { path: ['end'], message: 'must be after start' };
