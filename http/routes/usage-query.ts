// Owns GET /usage/query: what a meter counted, in windows of any zone, split by customers and dimensions.
import { z } from 'zod';
import { answerQuestion } from '#http/answer-question.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import {
  customersParameter,
  filterParameter,
  groupParameter,
  meterParameter,
  scopeParameter,
  spanParameters,
  usageTable,
  windowParameters,
} from '#http/schemas/usage-query.ts';
import { queryUsage } from '#runtime/usage/query-usage.ts';

export function usageQueryRoutes({ sql }: HttpDeps): Operation[] {
  return [
    operation({
      id: 'queryUsage',
      method: 'get',
      path: '/usage/query',
      tag: 'Usage',
      summary: 'What a meter counted, by window, customer and dimensions',
      description:
        'The same windows and quantities that bills are made of. At most 10,000 windows times groups: more is refused, ' +
        'never cut off.',
      query: z.object({
        meter: meterParameter,
        customer: customersParameter,
        ...spanParameters,
        ...windowParameters,
        scope: scopeParameter,
        groupBy: groupParameter,
        filter: filterParameter,
      }),
      answers: { 200: { description: 'A row for each window and group.', schema: usageTable } },
      run: async ({ query: { customer, zone = 'UTC', groupBy = [], filter = {}, ...rest } }, { tenant }) =>
        answerQuestion(
          await queryUsage(sql, tenant, { ...rest, zone, groupBy, filter, customers: customer }),
        ),
    }),
  ];
}
