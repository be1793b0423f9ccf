// Owns answering what decisions ask for: usage quantities and plan versions, each kind for all customers at once (protocols H12).
import { compareInstants, readInstant } from '#actors/calendar/instants.ts';
import {
  type Earlier,
  type Need,
  needKey,
  type Quantity,
  type QuantityNeed,
  type QuantitySplit,
} from '#actors/state/facts.ts';
import type { PlanVersion } from '#actors/state/plan.ts';
import type { UnitRate } from '#actors/state/run-explanation.ts';
import { loadPlanVersion } from '#db/customer-load.ts';
import { earlierPeriods } from '#db/earlier-periods.ts';
import { unitRateAt } from '#db/price-units.ts';
import type { Sql } from '#db/scope.ts';
import { oldestUndrained } from '#db/usage-inbox.ts';
import { type UsageQuantity, usageQuantities } from '#db/usage-quantity.ts';
import { type SplitQuantity, splitQuantities } from '#db/usage-split.ts';

/** Facts grow from round to round of one turn. */
export type GrowingFacts = {
  quantities: Map<string, Quantity>;
  plans: Map<string, PlanVersion | null>;
  earlier: Map<string, readonly Earlier[]>;
  unitRates: Map<string, UnitRate>;
};

export function noFacts(): GrowingFacts {
  return { quantities: new Map(), plans: new Map(), earlier: new Map(), unitRates: new Map() };
}

export type Asked = { customerId: string; onTestClock: boolean; needs: readonly Need[]; facts: GrowingFacts };

/** Loads what the customers of one tenant asked for into their facts. */
export async function loadFacts(connection: Sql, tenantId: string, asked: readonly Asked[]): Promise<void> {
  await Promise.all([
    loadQuantities(connection, tenantId, asked),
    loadPlans(connection, tenantId, asked),
    loadEarlier(connection, tenantId, asked),
    loadUnitRates(connection, tenantId, asked),
  ]);
}

async function loadQuantities(connection: Sql, tenantId: string, asked: readonly Asked[]): Promise<void> {
  const wanted = asked.flatMap((one) =>
    one.needs.filter((need) => need.kind === 'quantity').map((need) => ({ one, need })),
  );
  if (wanted.length === 0) return;
  const { plain, split } = partition(wanted);
  // The inbox first: what is drained between the statements is counted by the later ones.
  const [oldest, counted, parted] = await Promise.all([
    oldestUndrained(connection, tenantId),
    usageQuantities(connection, tenantId, plain.map(requestOf)),
    splitQuantities(connection, tenantId, split.map(requestOf)),
  ]);
  const answer = (some: readonly Wanted[], found: readonly (UsageQuantity | SplitQuantity)[]): void => {
    for (const [index, { one, need }] of some.entries()) {
      const quantity = found[index];
      if (quantity === undefined) throw new Error('a usage quantity was asked for and not answered');
      one.facts.quantities.set(needKey(need), factOf(quantity, isUndrained(one, need, oldest)));
    }
  };
  answer(plain, counted);
  answer(split, parted);
}

type Wanted<N = QuantityNeed> = { one: Asked; need: N };

type SplitNeed = QuantityNeed & { split: QuantitySplit };

function partition(wanted: readonly Wanted[]): { plain: Wanted[]; split: Wanted<SplitNeed>[] } {
  const plain: Wanted[] = [];
  const split: Wanted<SplitNeed>[] = [];
  for (const { one, need } of wanted) {
    if (need.split === undefined) plain.push({ one, need });
    else split.push({ one, need: { ...need, split: need.split } });
  }
  return { plain, split };
}

function requestOf<N extends QuantityNeed>({ one, need }: Wanted<N>): N & { customerId: string } {
  return { customerId: one.customerId, ...need };
}

function factOf(found: UsageQuantity | SplitQuantity, undrained: boolean): Quantity {
  const { quantity, eventCount } = found;
  return { quantity, eventCount, undrained, ...('metered' in found && { metered: found.metered }) };
}

/** On a test clock all that waits was received at the clock's present, which the cutoff has passed (ruling R11). */
function isUndrained(one: Asked, need: QuantityNeed, oldest: string | null): boolean {
  if (oldest === null || need.cutoff === null) return false;
  return one.onTestClock || compareInstants(readInstant(oldest), need.cutoff) < 0;
}

async function loadEarlier(connection: Sql, tenantId: string, asked: readonly Asked[]): Promise<void> {
  for (const { needs, facts } of asked) {
    for (const need of needs) {
      if (need.kind === 'earlier')
        facts.earlier.set(needKey(need), await earlierPeriods(connection, tenantId, need));
    }
  }
}

async function loadUnitRates(connection: Sql, tenantId: string, asked: readonly Asked[]): Promise<void> {
  for (const { needs, facts } of asked) {
    for (const need of needs) {
      if (need.kind === 'unit_rate')
        facts.unitRates.set(needKey(need), await unitRateAt(connection, tenantId, need));
    }
  }
}

async function loadPlans(connection: Sql, tenantId: string, asked: readonly Asked[]): Promise<void> {
  for (const { needs, facts } of asked) {
    for (const need of needs) {
      if (need.kind === 'plan')
        facts.plans.set(needKey(need), await loadPlanVersion(connection, tenantId, need));
    }
  }
}
