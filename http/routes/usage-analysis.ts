// Owns what usage costs and how late it is counted: /usage/analysis, /usage/events/cost, /usage/lag.
import { z } from 'zod';
import { answerQuestion } from '#http/answer-question.ts';
import type { HttpDeps } from '#http/deps.ts';
import { listParameter } from '#http/list-parameter.ts';
import { type Operation, operation } from '#http/operation.ts';
import { customerName, pathName } from '#http/schemas/fields.ts';
import { usageAnalysisAnswer, usageEventCosts, usageLagAnswer } from '#http/schemas/usage-analysis.ts';
import {
  customersParameter,
  filterParameter,
  meterParameter,
  spanParameters,
  windowParameters,
} from '#http/schemas/usage-query.ts';
import { analyseUsage } from '#runtime/usage/analyse-usage.ts';
import { usageAnalysis } from '#runtime/usage/analysis-fields.ts';
import { costOfEvent, usageEventCost } from '#runtime/usage/event-cost.ts';
import { lagOf } from '#runtime/usage/usage-lag.ts';

const { meters, groupBy, sources } = usageAnalysis.shape;

const analysisQuery = z.object({
  customer: customerName('Whose usage'),
  meter: listParameter(meters.unwrap(), {
    description: 'Ids or keys. Absent: all.',
    example: 'input_tokens',
  }).optional(),
  ...spanParameters,
  ...windowParameters,
  groupBy: listParameter(groupBy.unwrap(), {
    description: '`source`, dimensions, and `properties.` before the name of any property.',
    example: 'source',
  }).optional(),
  filter: filterParameter,
  source: listParameter(sources.unwrap(), {
    description: 'Only what these sources sent.',
    example: 'api-eu-1',
  }).optional(),
});

export function usageAnalysisRoutes({ sql }: HttpDeps): Operation[] {
  return [
    operation({
      id: 'analyseUsage',
      method: 'get',
      path: '/usage/analysis',
      tag: 'Usage',
      summary: "What a customer's usage costs, by meter, source, dimension and property, over time",
      description:
        'Each charge is rated at the edges of the windows as its run rates it, and what lies between is shared by the groups ' +
        'that used it: points and items add up to the amount of the period. At most 1,000 windows, and 10,000 windows ' +
        'times groups. Grouping by source or property reads every event of the span.',
      query: analysisQuery,
      answers: { 200: { description: 'An item for each meter and group.', schema: usageAnalysisAnswer } },
      run: async (
        { query: { meter, source, zone = 'UTC', groupBy = [], filter = {}, ...rest } },
        { tenant },
      ) =>
        answerQuestion(
          await analyseUsage(sql, tenant, { ...rest, zone, groupBy, filter, meters: meter, sources: source }),
        ),
    }),
    operation({
      id: 'getUsageEventCost',
      method: 'get',
      path: '/usage/events/cost',
      tag: 'Usage',
      summary: 'What one event cost at its place in its period',
      description:
        'What the price makes of the usage up to the event, in order of time and ingest, with it and without it.',
      query: z.object({
        customer: customerName('Whose event'),
        id: pathName.meta({ description: 'Your id of the event.', example: 'req-42' }),
        source: usageEventCost.shape.source.unwrap().optional().meta({ example: 'api-eu-1' }),
      }),
      answers: { 200: { description: 'Its cost for each meter.', schema: usageEventCosts } },
      run: async ({ query: { customer, id, source = '' } }, { tenant }) =>
        answerQuestion(await costOfEvent(sql, tenant, { customer, id, source })),
    }),
    operation({
      id: 'getUsageLag',
      method: 'get',
      path: '/usage/lag',
      tag: 'Usage',
      summary: 'How long events took from their time until they were counted',
      description: 'Of customers in real time. Reads every event of the span.',
      query: z.object({ meter: meterParameter, customer: customersParameter, ...spanParameters }),
      answers: {
        200: { description: 'Seconds: average, percentiles, the longest.', schema: usageLagAnswer },
      },
      run: async ({ query: { customer, ...rest } }, { tenant }) =>
        answerQuestion(await lagOf(sql, tenant, { ...rest, customers: customer })),
    }),
  ];
}
