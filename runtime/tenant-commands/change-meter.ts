// Owns meter.update: the rules of a new meter hold for a changed one; what it has counted stays until it is reprocessed.
import { decideMeter, type MeterRequest } from '#actors/decisions/tenant-meter.ts';
import { reject } from '#actors/rejection.ts';
import type { Meter } from '#actors/usage/meter.ts';
import { levelOf } from '#actors/usage/meter-settings.ts';
import { lockMeter, updateMeter } from '#db/catalog.ts';
import type { CommandPayload } from '#runtime/commands/registry.ts';
import { type Applied, done, emit, type TenantContext } from './context.ts';

export async function changeMeter(
  context: TenantContext,
  payload: CommandPayload<'meter.update'>,
): Promise<Applied> {
  const { tx, tenant } = context;
  const { meter: name, ...wanted } = payload;
  const meter = await lockMeter(tx, tenant.id, name);
  if (meter === undefined) {
    return { outcome: reject('meter_not_found', `there is no meter ${name}`, '/meter') };
  }
  const removed = meter.dimensions.find((dimension) => wanted.dimensions?.includes(dimension) === false);
  if (removed !== undefined) {
    const reason = `${removed} stays: prices and what was counted know it`;
    return { outcome: reject('dimension_removed', reason, '/dimensions') };
  }
  const added = wanted.dimensions?.find((dimension) => !meter.dimensions.includes(dimension));
  if (added !== undefined && levelOf(meter as unknown as Meter) === 'latest') {
    const reason = `${added} would begin new levels beside the ones that are held: make a meter with it and reprocess`;
    return { outcome: reject('dimension_divides_level', reason, '/dimensions') };
  }
  const { id, createdAt, settings, valueProperty, ...before } = meter;
  const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
  const request = {
    ...before,
    ...(settings as object),
    ...(valueProperty !== null && { valueProperty }),
    ...given,
  } as unknown as MeterRequest;
  const decision = decideMeter(request, { keyTaken: false });
  if (!decision.ok) return { outcome: decision };

  const { settings: kept, ...plain } = decision.meter;
  const changed = { ...plain, id, valueProperty: plain.valueProperty ?? null };
  await updateMeter(tx, changed);
  const data = { ...changed, ...kept, createdAt };
  await emit(context, { type: 'billing.meter.updated', objectType: 'meter', objectId: id, data });
  return done(data);
}
