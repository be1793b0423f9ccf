// Owns making rollups again what their facts say: marked for the customer's actor, locked as a drain locks them, counted.
import { readByIndex } from './planner.ts';
import type { Tx } from './scope.ts';
import type { RolledHour } from './usage-recount.ts';
import { countAgain, dropRepeated, holdRollups } from './usage-rollups.ts';
import { markHours } from './usage-stale.ts';

/** `dimensionKey`: as ingest makes it of the dimensions; '' without. */
export type HourToRepair = RolledHour & { readonly dimensionKey: string };

/**
 * Counts the hours from their facts. What was billed from a wrong rollup is set right by the customer's actor, which books
 * the difference to what is booked, so that nothing is billed twice. `at` is system time, RFC 3339.
 */
export async function repairRollups(
  tx: Tx,
  of: { readonly tenantId: string; readonly at: string },
  hours: readonly HourToRepair[],
): Promise<void> {
  if (hours.length === 0) return;
  const { tenantId } = of;
  // An hour that is there under two keys differs twice.
  const keys = [...new Map(hours.map((one) => [keyOf(one), { ...one, bucket: one.hour }])).values()];
  await readByIndex(tx);
  const times = keys.map(({ customerId, meterId, hour }) => ({ customerId, meterId, time: hour }));
  await markHours(tx, of, times);
  await holdRollups(tx, tenantId, keys);
  await dropRepeated(tx, tenantId, keys);
  await countAgain(tx, tenantId, keys);
}

function keyOf({ customerId, meterId, scopeId, hour, dimensionKey }: HourToRepair): string {
  return JSON.stringify([customerId, meterId, scopeId, hour, dimensionKey]);
}
