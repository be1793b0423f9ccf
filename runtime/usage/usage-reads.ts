// Owns questions about usage for code in the same process: the same answers and refusals as over HTTP, as values.
import type { z } from 'zod';
import type { Rejection } from '#actors/rejection.ts';
import type { Sql } from '#db/scope.ts';
import { invalidPayload } from '#runtime/commands/invalid-payload.ts';
import { analyseUsage } from './analyse-usage.ts';
import { type UsageAnalysis, type UsageAnalysisRequest, usageAnalysis } from './analysis-fields.ts';
import { costOfEvent, type EventCostRequest, type EventCosts, usageEventCost } from './event-cost.ts';
import { queryUsage, type UsageQuery, type UsageTable, usageQuery } from './query-usage.ts';
import { type LagAnswer, type LagRequest, lagOf, usageLag } from './usage-lag.ts';
import { type SummaryRequest, summarise, type UsageSummary, usageSummaries } from './usage-summary.ts';

type Answer<T> = Promise<{ readonly ok: true; readonly data: T } | Rejection>;

export type UsageReads = {
  /** What a meter counted, by window, customer and dimensions. */
  query(tenant: string, asked: UsageQuery): Answer<UsageTable>;
  /** What each meter counted for a customer. */
  summary(tenant: string, asked: SummaryRequest): Answer<readonly UsageSummary[]>;
  /** What a customer's usage costs, by meter, source, dimension and property, over time. */
  analyse(tenant: string, asked: UsageAnalysisRequest): Answer<UsageAnalysis>;
  /** What one event cost at its place in its period. */
  eventCost(tenant: string, asked: EventCostRequest): Answer<EventCosts>;
  /** How long events took from their time until they were counted. */
  lag(tenant: string, asked: LagRequest): Answer<LagAnswer>;
};

export function createUsageReads(sql: Sql): UsageReads {
  const asking =
    <I, O, T>(schema: z.ZodType<O, I>, answer: (sql: Sql, tenant: string, asked: O) => Answer<T>) =>
    async (tenant: string, asked: I): Answer<T> => {
      const read = schema.safeParse(asked);
      return read.success ? answer(sql, tenant, read.data) : invalidPayload(read.error);
    };
  return {
    query: asking(usageQuery, queryUsage),
    summary: asking(usageSummaries, summarise),
    analyse: asking(usageAnalysis, analyseUsage),
    eventCost: asking(usageEventCost, costOfEvent),
    lag: asking(usageLag, lagOf),
  };
}
