// Owns what a decision may ask for beyond its rows, and the answers of earlier rounds of the same turn (protocols H12).
import { shortText } from '#actors/calendar/instants.ts';
import type { WindowUnit } from '#actors/calendar/window.ts';
import type { UsageSelection } from '#actors/pricing/usage-filter.ts';
import type { PlanVersion } from '#actors/state/plan.ts';
import type { Carried, UnitRate } from '#actors/state/run-explanation.ts';
import type { DecimalText, Instant } from '#actors/state/scalars.ts';

/** Cumulative usage of one meter in one service period, as one snapshot saw it. */
export type Quantity = {
  quantity: DecimalText;
  eventCount: bigint;
  /** True when the tenant's inbox still holds rows received before the cutoff: the final run waits (ruling R6). */
  undrained: boolean;
  /** What the need's split asked for, of the same snapshot as the quantity. */
  metered?: QuantityParts;
};

/** Parts of a quantity that a price is rated on; names as in actors/pricing/metered.ts. */
export type QuantitySplit = {
  /** Only what this takes of the meter's usage. */
  only?: UsageSelection;
  /** The quantity of each calendar window of the period, cut to it. */
  window?: { unit: WindowUnit; zone: string };
  /** The quantity by the values of these dimensions of the meter. */
  dimensions?: readonly string[];
  events?: true;
  eventAmount?: true;
  /** How many events are not below zero. */
  paidEvents?: true;
};

export type QuantityParts = {
  /** In order, windows without usage included. */
  windows?: readonly DecimalText[];
  /** A dimension that an event does not have is absent from `values`. */
  groups?: readonly { values: Readonly<Record<string, string>>; quantity: DecimalText }[];
  /** Each event's value, in order of (time, sequence). */
  events?: readonly DecimalText[];
  /** Sum of the prices that came with the events, in major units. */
  eventAmount?: DecimalText;
  /** Of the events, those that are not below zero. */
  paidEvents?: DecimalText;
};

export type QuantityNeed = {
  kind: 'quantity';
  meterId: string;
  scopeId: string;
  from: Instant;
  to: Instant;
  /** Exclusive bound on received_at; null counts everything that is stored. */
  cutoff: Instant | null;
  split?: QuantitySplit;
};

/**
 * `plan` is the id of a version, which names that one, or the key of a plan, which names its newest version in force at
 * `at`. `newer` asks for the newest one in force then, from the named version on.
 */
export type PlanNeed = { kind: 'plan'; plan: string; at?: Instant; newer?: true };

/** Earlier periods of one item version, for what lasts longer than a period: service starts in [from, before). */
export type EarlierNeed = { kind: 'earlier'; origin: string; from: Instant; before: Instant };

/** `carried` is what its last run with figures hands on; null while it has none. */
export type Earlier = { chargeId: string; serviceStart: Instant; carried: Carried | null };

/** What a price unit costs in a currency at an instant. */
export type UnitRateNeed = { kind: 'unit_rate'; unit: string; currency: string; at: Instant };

export type Need = QuantityNeed | PlanNeed | EarlierNeed | UnitRateNeed;

/** What earlier rounds of the same turn loaded, by needKey. */
export type Facts = {
  quantities: ReadonlyMap<string, Quantity>;
  plans: ReadonlyMap<string, PlanVersion | null>;
  earlier: ReadonlyMap<string, readonly Earlier[]>;
  unitRates: ReadonlyMap<string, UnitRate>;
};

/** Names a need, so that the fact that answers it is found again. */
export function needKey(need: Need): string {
  if (need.kind === 'plan')
    return need.at === undefined
      ? need.plan
      : `${need.plan}@${shortText(need.at)}${need.newer === true ? '+' : ''}`;
  if (need.kind === 'earlier') return `${need.origin}|${shortText(need.from)}|${shortText(need.before)}`;
  if (need.kind === 'unit_rate') return `${need.unit}|${need.currency}|${need.at.toString()}`;
  const cutoff = need.cutoff === null ? '' : shortText(need.cutoff);
  const split = need.split === undefined ? '' : splitKey(need.split);
  return `${need.meterId}|${need.scopeId}|${shortText(need.from)}|${shortText(need.to)}|${cutoff}${split}`;
}

function splitKey({ only, window, dimensions, events, eventAmount, paidEvents }: QuantitySplit): string {
  const names = dimensions === undefined ? null : [...dimensions].sort();
  return `|${JSON.stringify([window?.unit, window?.zone, names, events, eventAmount, paidEvents, only])}`;
}
