// Owns questions about usage for code in the same process: the same answers and refusals as over HTTP, as values.
import type { z } from 'zod';
import type { Rejection } from '#actors/rejection.ts';
import type { Sql } from '#db/scope.ts';
import { invalidPayload } from '#runtime/commands/invalid-payload.ts';
import { queryUsage, type UsageQuery, type UsageTable, usageQuery } from './query-usage.ts';

type Answer<T> = Promise<{ readonly ok: true; readonly data: T } | Rejection>;

export type UsageReads = {
  /** What a meter counted, by window, customer and dimensions. */
  query(tenant: string, asked: UsageQuery): Answer<UsageTable>;
};

export function createUsageReads(sql: Sql): UsageReads {
  const asking =
    <I, O, T>(schema: z.ZodType<O, I>, answer: (sql: Sql, tenant: string, asked: O) => Answer<T>) =>
    async (tenant: string, asked: I): Answer<T> => {
      const read = schema.safeParse(asked);
      return read.success ? answer(sql, tenant, read.data) : invalidPayload(read.error);
    };
  return { query: asking(usageQuery, queryUsage) };
}
