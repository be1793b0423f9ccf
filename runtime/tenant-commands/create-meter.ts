// Owns meter.create: its facts, its row, its event.
import { decideMeter } from '#actors/decisions/tenant-meter.ts';
import { rollsUp } from '#actors/usage/meter-settings.ts';
import { insertMeter, meterIdsByKey } from '#db/catalog.ts';
import type { CommandPayload } from '#runtime/commands/registry.ts';
import { type Applied, done, emit, type TenantContext } from './context.ts';

export async function createMeter(
  context: TenantContext,
  payload: CommandPayload<'meter.create'>,
): Promise<Applied> {
  const { tx, tenant, nowText } = context;
  const found = await meterIdsByKey(tx, tenant.id, [payload.key]);
  const decision = decideMeter(payload, { keyTaken: found.size > 0 });
  if (!decision.ok) return { outcome: decision };

  const { meter } = decision;
  const id = context.ids('mtr');
  const valueProperty = meter.valueProperty ?? null;
  const row = { ...meter, id, valueProperty, rollsUp: rollsUp(meter), tenantId: tenant.id };
  await insertMeter(tx, { ...row, createdAt: nowText });
  const { settings, ...plain } = meter;
  const data = { id, ...plain, valueProperty, ...settings, createdAt: nowText };
  await emit(context, { type: 'billing.meter.created', objectType: 'meter', objectId: id, data });
  return done(data);
}
