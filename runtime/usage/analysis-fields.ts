// Owns the form of an analysis of usage and of its answer, the same over HTTP and in process.
import { z } from 'zod';
import type { Aggregation } from '#actors/usage/aggregation.ts';
import { text } from '#runtime/commands/fields.ts';
import { calendarWindow, dimensionFilter, name, usageSpan } from './fields.ts';

const METERS_MAX = 50;
const SOURCES_MAX = 100;
const GROUPS_MAX = 5;

export const usageAnalysis = z.strictObject({
  customer: name,
  /** Ids or keys; absent: all meters. */
  meters: z.array(name).min(1).max(METERS_MAX).optional(),
  ...usageSpan,
  /** Absent: no points. */
  ...calendarWindow,
  /** `source`, a dimension, or `properties.` and the name of any property. */
  groupBy: z.array(text(220)).max(GROUPS_MAX).default([]),
  filter: dimensionFilter.default({}),
  /** Only what these sources sent. */
  sources: z.array(z.string().max(255)).min(1).max(SOURCES_MAX).optional(),
});

export type UsageAnalysisRequest = z.input<typeof usageAnalysis>;
export type AskedAnalysis = z.output<typeof usageAnalysis>;

/** Minor units. */
export type Cost = { readonly currency: string; readonly amount: string };

/** A window of an item. */
export type UsageAnalyticPoint = {
  readonly from: string;
  readonly to: string;
  /** Exact decimal; null when nothing was counted and the aggregation knows no zero. */
  readonly quantity: string | null;
  readonly eventCount: string;
  readonly costs: readonly Cost[];
};

/** One meter, and one of the groups asked for. */
export type UsageAnalyticItem = Omit<UsageAnalyticPoint, 'from' | 'to'> & {
  readonly meterId: string;
  readonly meter: string;
  readonly name: string;
  readonly aggregation: Aggregation;
  /** By what was grouped by; null: usage without it. */
  readonly group: Readonly<Record<string, string | null>>;
  readonly points: readonly UsageAnalyticPoint[];
};

export type UsageAnalysis = {
  readonly customerId: string;
  readonly from: string;
  readonly to: string;
  readonly window: string | null;
  readonly zone: string;
  readonly costs: readonly Cost[];
  /** By meter, the most expensive group first. */
  readonly items: readonly UsageAnalyticItem[];
};
