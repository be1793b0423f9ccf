// Owns answering what decisions ask for: usage quantities and plan versions, each kind in one statement (protocols H12).
import { type Need, needKey, type Quantity, type QuantityNeed } from '#actors/state/facts.ts';
import type { PlanVersion } from '#actors/state/plan.ts';
import { loadPlanVersion } from '#db/customer-load.ts';
import type { Sql } from '#db/scope.ts';
import { oldestUndrained } from '#db/usage-inbox.ts';
import { usageQuantities } from '#db/usage-quantity.ts';

/** Facts grow from round to round of one turn. */
export type GrowingFacts = { quantities: Map<string, Quantity>; plans: Map<string, PlanVersion | null> };

export function noFacts(): GrowingFacts {
  return { quantities: new Map(), plans: new Map() };
}

export type Asked = { customerId: string; onTestClock: boolean; needs: readonly Need[]; facts: GrowingFacts };

/** Loads what the customers of one tenant asked for into their facts. */
export async function loadFacts(connection: Sql, tenantId: string, asked: readonly Asked[]): Promise<void> {
  await Promise.all([loadQuantities(connection, tenantId, asked), loadPlans(connection, tenantId, asked)]);
}

async function loadQuantities(connection: Sql, tenantId: string, asked: readonly Asked[]): Promise<void> {
  const wanted = asked.flatMap((one) =>
    one.needs.filter((need) => need.kind === 'quantity').map((need) => ({ one, need })),
  );
  if (wanted.length === 0) return;
  const requests = wanted.map(({ one, need }) => ({ customerId: one.customerId, ...need }));
  // The inbox first: what is drained between the two statements is counted by the second.
  const [oldest, counted] = await Promise.all([
    oldestUndrained(connection, tenantId),
    usageQuantities(connection, tenantId, requests),
  ]);
  for (const [index, { one, need }] of wanted.entries()) {
    const found = counted[index];
    if (found === undefined) throw new Error('a usage quantity was asked for and not answered');
    const quantity = {
      quantity: found.quantity,
      eventCount: found.eventCount,
      undrained: isUndrained(one, need, oldest),
    };
    one.facts.quantities.set(needKey(need), quantity);
  }
}

/** On a test clock all that waits was received at the clock's present, which the cutoff has passed (ruling R11). */
function isUndrained(one: Asked, need: QuantityNeed, oldest: string | null): boolean {
  if (oldest === null || need.cutoff === null) return false;
  return one.onTestClock || Temporal.Instant.compare(Temporal.Instant.from(oldest), need.cutoff) < 0;
}

async function loadPlans(connection: Sql, tenantId: string, asked: readonly Asked[]): Promise<void> {
  for (const { needs, facts } of asked) {
    for (const need of needs) {
      if (need.kind === 'plan')
        facts.plans.set(need.plan, await loadPlanVersion(connection, tenantId, need.plan));
    }
  }
}
