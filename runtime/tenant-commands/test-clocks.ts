// Owns the commands about test clocks. An advance is answered when the clock has come to rest: runtime/test-clocks.ts.
import { businessTime, instantText } from '#actors/calendar/time.ts';
import { decideAdvance, decideTestClock } from '#actors/decisions/tenant-test-clock.ts';
import { aimTestClock, insertTestClock, lockTestClock } from '#db/test-clocks.ts';
import type { CommandPayload } from '#runtime/commands/registry.ts';
import { type Applied, done, type TenantContext } from './context.ts';

export async function createTestClock(
  context: TenantContext,
  payload: CommandPayload<'test_clock.create'>,
): Promise<Applied> {
  const { tx, tenant, nowText } = context;
  const decision = decideTestClock(tenant);
  if (!decision.ok) return { outcome: decision };
  const { name, now } = payload;
  const clock = { id: context.ids('clk'), name, now, createdAt: nowText };
  await insertTestClock(tx, { ...clock, tenantId: tenant.id });
  return done({ ...clock, target: now, status: 'stable' });
}

export async function advanceTestClock(
  context: TenantContext,
  payload: CommandPayload<'test_clock.advance'>,
): Promise<Applied> {
  const { tx, tenant, commandId } = context;
  const row = await lockTestClock(tx, tenant.id, payload.clockId);
  const clock = row && { id: row.id, status: row.status, now: businessTime(row.now) };
  const decision = decideAdvance(payload, clock);
  if (!decision.ok) return { outcome: decision };
  await aimTestClock(tx, payload.clockId, { target: instantText(decision.target), commandId });
  return { rings: [{ queue: 'advance', tenant: tenant.id, key: payload.clockId }] };
}
