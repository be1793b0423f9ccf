// Owns what a decision asks the outside for: an answer that is a fact, or a need that the turn loads (protocols H12).
import type { CustomerState } from '#actors/customer-state.ts';
import {
  type Earlier,
  type EarlierNeed,
  type Facts,
  type Need,
  needKey,
  type PlanNeed,
  type Quantity,
  type QuantityNeed,
  type UnitRateNeed,
} from '#actors/state/facts.ts';
import type { PlanVersion, Price } from '#actors/state/plan.ts';
import type { UnitRate } from '#actors/state/run-explanation.ts';

export type Questions = {
  /** Cumulative usage; undefined while it is not loaded. */
  quantity(need: Omit<QuantityNeed, 'kind'>): Quantity | undefined;
  /** Earlier periods of an item version; undefined while they are not loaded. */
  earlier(need: Omit<EarlierNeed, 'kind'>): readonly Earlier[] | undefined;
  /** What a price unit costs; undefined while it is not loaded. */
  unitRate(need: Omit<UnitRateNeed, 'kind'>): UnitRate | undefined;
  /** A plan version as PlanNeed names it; null when there is none, undefined while it is not loaded. */
  plan(named: Omit<PlanNeed, 'kind'>): PlanVersion | null | undefined;
  /** A price of a running item or of a plan that was asked for; throws on any other. */
  price(id: string): Price;
  needs(): readonly Need[];
};

export function questions(state: Pick<CustomerState, 'prices'>, facts: Facts): Questions {
  const needs = new Map<string, Need>();
  const ask = (need: Need): undefined => {
    needs.set(needKey(need), need);
  };
  return {
    quantity: (need) => {
      const full: QuantityNeed = { kind: 'quantity', ...need };
      return facts.quantities.get(needKey(full)) ?? ask(full);
    },
    earlier: (need) => {
      const full: EarlierNeed = { kind: 'earlier', ...need };
      return facts.earlier.get(needKey(full)) ?? ask(full);
    },
    unitRate: (need) => {
      const full: UnitRateNeed = { kind: 'unit_rate', ...need };
      return facts.unitRates.get(needKey(full)) ?? ask(full);
    },
    plan: (named) => {
      const need: PlanNeed = { kind: 'plan', ...named };
      const known = facts.plans.get(needKey(need));
      return known === undefined ? ask(need) : known;
    },
    price: (id) => {
      const price = state.prices.get(id) ?? plannedPrice(facts, id);
      if (price === undefined) throw new Error(`price ${id} is not part of this turn`);
      return price;
    },
    needs: () => [...needs.values()],
  };
}

/** A price of a plan that was asked for. */
function plannedPrice({ plans }: Facts, id: string): Price | undefined {
  for (const plan of plans.values()) {
    const price = plan?.prices.find((one) => one.id === id);
    if (price !== undefined) return price;
  }
  return undefined;
}
