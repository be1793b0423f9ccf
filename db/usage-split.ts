// Owns reading a quantity together with parts of it that a price is rated on: windows, groups, events, their prices.
// Apart from usage-quantity.ts, whose statement every close runs and which must not carry what few prices ask for.
import type { QuantityParts, QuantitySplit } from '#actors/state/facts.ts';
import type { Sql, Tx } from './scope.ts';
import type { QuantityRequest, UsageQuantity } from './usage-quantity.ts';

export type SplitRequest = QuantityRequest & { readonly split: QuantitySplit };

export type SplitQuantity = UsageQuantity & { readonly metered: QuantityParts };

/** The quantity of each request with the parts it asks for, in the order asked. */
export async function splitQuantities(
  _sql: Sql | Tx,
  _tenantId: string,
  requests: readonly SplitRequest[],
): Promise<SplitQuantity[]> {
  const [first] = requests;
  if (first !== undefined) {
    throw new Error(`parts are not read yet: ${Object.keys(first.split).join(', ')}`);
  }
  return [];
}
