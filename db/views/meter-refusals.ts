// Owns how many events were refused because a meter could not read them.
import type { Tx } from '#db/scope.ts';

export type MeterRefusalView = {
  readonly property: string;
  readonly code: string;
  readonly events: string;
  readonly firstAt: string;
  readonly lastAt: string;
};

/** Most first. */
export async function listMeterRefusals(
  tx: Tx,
  tenantId: string,
  meterId: string,
): Promise<MeterRefusalView[]> {
  return await tx<MeterRefusalView[]>`
    select property, code, events::text as events, first_at as "firstAt", last_at as "lastAt" from meter_refusals
    where tenant_id = ${tenantId} and meter_id = ${meterId} order by meter_refusals.events desc, property, code`;
}
