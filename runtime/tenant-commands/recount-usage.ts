// Owns usage.recount: rollups are compared with their facts customer by customer, and made right where that is asked for.
// Bounded: what is left over is named by `next`, and asked for again.
import { reject } from '#actors/rejection.ts';
import { customersAfter, type Recount, type RollupDifference, recountRollups } from '#db/usage-recount.ts';
import { repairRollups } from '#db/usage-repair.ts';
import { findMeter } from '#db/views/meters.ts';
import type { CommandPayload } from '#runtime/commands/registry.ts';
import { dimensionKeyOf } from '#runtime/usage/dimension-key.ts';
import { findNamed } from '#runtime/usage/find-subject.ts';
import { type Applied, done, type TenantContext } from './context.ts';

/** Facts after which a recount stops at the next customer: about a second of reading. */
const EVENTS_MAX = 500_000;
const CUSTOMERS_MAX = 500;
/** Hours of one customer that are made right at once: each is locked against ingest until the commit. */
const HOURS_MAX = 500;
const TOLD_MAX = 100;

type Found = {
  readonly looked: { customers: number; events: number; hours: number };
  differing: number;
  repaired: number;
  readonly differences: RollupDifference[];
  readonly touched: string[];
};

export async function recountUsage(
  context: TenantContext,
  payload: CommandPayload<'usage.recount'>,
): Promise<Applied> {
  const { tx, tenant } = context;
  const meter = payload.meter === undefined ? undefined : await findMeter(tx, tenant.id, payload.meter);
  if (payload.meter !== undefined && meter === undefined) {
    return { outcome: reject('meter_not_found', `there is no meter ${payload.meter}`, '/meter') };
  }
  const ids = await findNamed(tx, tenant.id, payload.customers);
  if (ids !== undefined && 'ok' in ids) return { outcome: ids };
  const { after, repair } = payload;
  const customers = await customersAfter(tx, tenant.id, { ids, after, max: CUSTOMERS_MAX + 1 });
  const looked = { customers: 0, events: 0, hours: 0 };
  const found: Found = { looked, differing: 0, repaired: 0, differences: [], touched: [] };
  const span = { meterId: meter?.id, ...wholeHours(payload) };
  let next = after ?? null;
  for (const customerId of customers.slice(0, CUSTOMERS_MAX)) {
    const recount = await recountRollups(tx, tenant.id, { ...span, customerId, max: HOURS_MAX });
    await keep(context, { found, recount, customerId, repair });
    // More of this customer's hours differ than are made right at once: it comes again.
    const again = repair && recount.differing > HOURS_MAX;
    if (!again) next = customerId;
    if (again || looked.events >= EVENTS_MAX) break;
  }
  const isOver = next === (customers.at(-1) ?? after ?? null);
  const { touched, ...answer } = found;
  const rings = touched.map((key) => ({ queue: 'advance' as const, tenant: tenant.id, key }));
  return { ...done({ ...answer, isComplete: isOver, next: isOver ? null : next }), rings };
}

type Kept = {
  readonly found: Found;
  readonly recount: Recount;
  readonly customerId: string;
  readonly repair: boolean;
};

async function keep({ tx, tenant, nowText }: TenantContext, kept: Kept): Promise<void> {
  const { found, recount, customerId, repair } = kept;
  found.looked.customers += 1;
  found.looked.events += recount.events;
  found.looked.hours += recount.hours;
  found.differing += recount.differing;
  found.differences.push(...recount.differences.slice(0, TOLD_MAX - found.differences.length));
  if (!repair || recount.differences.length === 0) return;
  const hours = recount.differences.map((one) => ({ ...one, dimensionKey: dimensionKeyOf(one.dimensions) }));
  await repairRollups(tx, { tenantId: tenant.id, at: nowText }, hours);
  found.repaired += hours.length;
  found.touched.push(customerId);
}

function wholeHours({ from, to }: { readonly from: string; readonly to: string }) {
  const hour = (at: string, roundingMode: 'floor' | 'ceil') =>
    String(Temporal.Instant.from(at).round({ smallestUnit: 'hour', roundingMode }));
  return { from: hour(from, 'floor'), to: hour(to, 'ceil') };
}
