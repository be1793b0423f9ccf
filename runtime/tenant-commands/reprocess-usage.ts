// Owns usage.reprocess and its end: the row that says what is to be read again. runtime/usage/reprocess.ts does it.
import { reject } from '#actors/rejection.ts';
import { cancelReprocessing, insertReprocessing } from '#db/usage-reprocessing.ts';
import { findMeter } from '#db/views/meters.ts';
import { findReprocessing } from '#db/views/usage-reprocessings.ts';
import type { CommandPayload } from '#runtime/commands/registry.ts';
import { findNamed } from '#runtime/usage/find-subject.ts';
import { type Applied, done, type TenantContext } from './context.ts';

export async function reprocessUsage(
  context: TenantContext,
  payload: CommandPayload<'usage.reprocess'>,
): Promise<Applied> {
  const { tx, tenant, commandId, sentBy, nowText: createdAt } = context;
  const meter = await findMeter(tx, tenant.id, payload.meter);
  if (meter === undefined) {
    return { outcome: reject('meter_not_found', `there is no meter ${payload.meter}`, '/meter') };
  }
  const customerIds = await findNamed(tx, tenant.id, payload.customers);
  if (customerIds !== undefined && 'ok' in customerIds) return { outcome: customerIds };
  const id = context.ids('rep');
  const { from, to, billed } = payload;
  const asked = { id, tenantId: tenant.id, meterId: meter.id, customerIds, from, to, billed };
  await insertReprocessing(tx, { ...asked, commandId, sentBy, createdAt });
  const row = await findReprocessing(tx, tenant.id, id);
  if (row === undefined) throw new Error('a reprocessing was not written');
  return { ...done(row), rings: [{ queue: 'advance', tenant: tenant.id, key: id }] };
}

export async function stopReprocessing(
  context: TenantContext,
  { id }: CommandPayload<'usage.reprocess_cancel'>,
): Promise<Applied> {
  const { tx, tenant, nowText: at } = context;
  const found = await findReprocessing(tx, tenant.id, id);
  if (found === undefined) {
    return { outcome: reject('reprocessing_not_found', `there is no reprocessing ${id}`, '/id') };
  }
  if (!(await cancelReprocessing(tx, tenant.id, { id, at }))) {
    return { outcome: reject('reprocessing_over', 'the reprocessing is over', '/id') };
  }
  return done((await findReprocessing(tx, tenant.id, id)) ?? found);
}
