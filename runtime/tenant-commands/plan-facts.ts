// Owns what the prices of a plan name, as far as it exists.
import type { PlanFacts } from '#actors/decisions/tenant-plan.ts';
import { metersByKey } from '#db/plan-catalog.ts';
import { unitsByKey } from '#db/price-units.ts';
import type { Tx } from '#db/scope.ts';
import type { CommandPayload } from '#runtime/commands/registry.ts';

export async function knownTo(
  tx: Tx,
  tenantId: string,
  prices: CommandPayload<'plan.create'>['prices'],
): Promise<Pick<PlanFacts, 'meters' | 'units'>> {
  const meters = prices.flatMap((price) => price.meter ?? []);
  const units = prices.flatMap(({ priceUnit }) => (typeof priceUnit === 'string' ? [priceUnit] : []));
  return {
    meters: await metersByKey(tx, tenantId, meters),
    units: await unitsByKey(tx, tenantId, units),
  };
}
