// Owns whether a tenant can take these events: known types, customers and subscriptions, times not in the future.
// A body is taken whole or refused whole, with every problem named (up to a bound).
import type { Unread } from '#db/meter-refusals.ts';
import { type Batch, buildBatch, type Surroundings } from './batch.ts';
import type { Horizon } from './horizon.ts';
import { STREAM_EVENTS_MAX } from './usage-body.ts';
import type { KnownCustomer, TenantMeters, UsageCatalog } from './usage-catalog.ts';
import { BATCH_EVENTS_MAX, checkUsageEvent, type UsageEvent, type UsageEventInput } from './usage-event.ts';
import { type BodyShape, eventPointer, PROBLEMS_MAX, type UsageProblem } from './usage-problem.ts';

/** Batches in the order of the events, or what is wrong with the body. */
export type Admission =
  | { readonly ok: true; readonly batches: readonly Batch[]; readonly metersVersion: string }
  | { readonly ok: false; readonly problems: readonly UsageProblem[]; readonly unread?: readonly Unread[] };

export type CheckedBody =
  | { readonly ok: true; readonly events: readonly UsageEvent[] }
  | { readonly ok: false; readonly problems: readonly UsageProblem[] };

export type Body = {
  readonly tenantId: string;
  readonly events: readonly UsageEvent[];
  readonly shape: BodyShape;
};

/** Checks that need nothing but the events. */
export function checkBody(inputs: readonly UsageEventInput[], shape: BodyShape): CheckedBody {
  if (inputs.length === 0) return refuse('no_events', 'there is no event in the body');
  if (inputs.length > STREAM_EVENTS_MAX) {
    return refuse('too_many_events', `at most ${STREAM_EVENTS_MAX} events at once`);
  }
  const problems: UsageProblem[] = [];
  const events: UsageEvent[] = [];
  for (const [index, input] of inputs.entries()) {
    const event = checkUsageEvent(input, eventPointer(shape, index), problems);
    if (event !== undefined) events.push(event);
    if (problems.length >= PROBLEMS_MAX) break;
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, events };
}

function refuse(code: string, message: string): CheckedBody {
  return { ok: false, problems: [{ pointer: '', code, message }] };
}

/** Checks against the tenant, and the columns to write. `fresh`: the remembered meters are known to be out of date. */
export async function admit(
  deps: { catalog: UsageCatalog; horizon: Horizon },
  body: Body,
  fresh: boolean,
): Promise<Admission> {
  const { catalog, horizon } = deps;
  const { tenantId, events, shape } = body;
  const refs = new Set(events.map((event) => event.customer));
  const meters = await metersFor(catalog, body, fresh);
  const customers = await catalog.customers(tenantId, refs);
  const unknown = unknownParts(body, meters, customers);
  if (unknown.length > 0) return { ok: false, problems: unknown };

  const clockTimes = await clockTimesFor(catalog, tenantId, customers);
  const strange = [
    ...(await strangeSubscriptions(catalog, body, customers)),
    ...tooFarAhead(body, { customers, clockTimes }, horizon),
  ];
  if (strange.length > 0) return { ok: false, problems: strange };

  const around = { tenantId, shape, meters, customers, clockTimes };
  const batches: Batch[] = [];
  for (let from = 0; from < events.length; from += BATCH_EVENTS_MAX) {
    const batch = buildBatch(events.slice(from, from + BATCH_EVENTS_MAX), { ...around, offset: from });
    if ('problems' in batch) {
      // A meter that has changed may read what the remembered one cannot.
      if (!fresh) return admit(deps, body, true);
      const { problems, unread } = batch;
      return { ok: false, problems: problems.slice(0, PROBLEMS_MAX), unread };
    }
    batches.push(batch);
  }
  return { ok: true, batches, metersVersion: meters.version };
}

/** A type nobody reads may be a meter that is newer than what this process remembers. */
async function metersFor(catalog: UsageCatalog, body: Body, fresh: boolean): Promise<TenantMeters> {
  const meters = await catalog.meters(body.tenantId, fresh);
  const complete = body.events.every((event) => meters.byType.has(event.type));
  return complete || fresh ? meters : catalog.meters(body.tenantId, true);
}

function unknownParts(
  body: Body,
  meters: TenantMeters,
  customers: ReadonlyMap<string, KnownCustomer>,
): UsageProblem[] {
  const problems: UsageProblem[] = [];
  for (const [index, event] of body.events.entries()) {
    if (problems.length >= PROBLEMS_MAX) break;
    const pointer = eventPointer(body.shape, index);
    if (!meters.byType.has(event.type)) {
      problems.push({
        pointer: `${pointer}/type`,
        code: 'unknown_meter',
        message: `no meter reads events of type ${event.type}`,
      });
    }
    if (!customers.has(event.customer)) {
      const message = `there is no customer ${event.customer}`;
      problems.push({ pointer: `${pointer}/${event.names.customer}`, code: 'unknown_customer', message });
    }
  }
  return problems;
}

async function clockTimesFor(
  catalog: UsageCatalog,
  tenantId: string,
  customers: ReadonlyMap<string, KnownCustomer>,
): Promise<ReadonlyMap<string, string>> {
  const clockIds = new Set<string>();
  for (const customer of customers.values()) if (customer.clockId !== null) clockIds.add(customer.clockId);
  return clockIds.size === 0 ? new Map() : catalog.clockTimes(tenantId, clockIds);
}

async function strangeSubscriptions(
  catalog: UsageCatalog,
  body: Body,
  customers: ReadonlyMap<string, KnownCustomer>,
): Promise<UsageProblem[]> {
  const named = body.events.flatMap((event, index) =>
    event.subscription === undefined
      ? []
      : [{ index, id: event.subscription, customerId: customers.get(event.customer)?.id ?? '' }],
  );
  if (named.length === 0) return [];
  const pairs = new Map(named.map((name) => [name.id, name.customerId]));
  const unknown = await catalog.unknownSubscriptions(body.tenantId, pairs);
  return named
    .filter((name) => unknown.has(name.id) || pairs.get(name.id) !== name.customerId)
    .slice(0, PROBLEMS_MAX)
    .map((name) => ({
      pointer: `${eventPointer(body.shape, name.index)}/subscription`,
      code: 'unknown_subscription',
      message: `the customer has no subscription ${name.id}`,
    }));
}

function tooFarAhead(
  body: Body,
  around: Pick<Surroundings, 'customers' | 'clockTimes'>,
  horizon: Horizon,
): UsageProblem[] {
  const problems: UsageProblem[] = [];
  for (const [index, event] of body.events.entries()) {
    if (event.time === undefined || problems.length >= PROBLEMS_MAX) continue;
    const clockTime = around.clockTimes.get(around.customers.get(event.customer)?.clockId ?? '');
    if (!horizon.isBeyond(event.time, clockTime)) continue;
    const pointer = `${eventPointer(body.shape, index)}/time`;
    const message = "time is more than a day ahead of the customer's clock";
    problems.push({ pointer, code: 'time_in_future', message });
  }
  return problems;
}
