// Owns what a decision may ask for beyond its rows, and the answers of earlier rounds of the same turn (protocols H12).
import type { PlanVersion } from '#actors/state/plan.ts';
import type { DecimalText, Instant } from '#actors/state/scalars.ts';

/** Cumulative usage of one meter in one service period, as one snapshot saw it. */
export type Quantity = {
  quantity: DecimalText;
  eventCount: bigint;
  /** True when the tenant's inbox still holds rows received before the cutoff: the final run waits (ruling R6). */
  undrained: boolean;
};

export type QuantityNeed = {
  kind: 'quantity';
  meterId: string;
  scopeId: string;
  from: Instant;
  to: Instant;
  /** Exclusive bound on received_at; null counts everything that is stored. */
  cutoff: Instant | null;
};

export type PlanNeed = { kind: 'plan'; plan: string };

export type Need = QuantityNeed | PlanNeed;

/** What earlier rounds of the same turn loaded, by needKey. */
export type Facts = {
  quantities: ReadonlyMap<string, Quantity>;
  plans: ReadonlyMap<string, PlanVersion | null>;
};

/** Names a need, so that the fact that answers it is found again. */
export function needKey(need: Need): string {
  if (need.kind === 'plan') return need.plan;
  const cutoff = need.cutoff?.toString() ?? '';
  return `${need.meterId}|${need.scopeId}|${need.from.toString()}|${need.to.toString()}|${cutoff}`;
}
