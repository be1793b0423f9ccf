// Owns what a seller does to a meter while its customers use it: it changes how the meter reads events, has stored events read
// again, and has rollups counted again that somebody has spoilt. Each meter here is that of one clock, so that its seller knows
// which events were taken in before the change.
import type { Accepted, Form, Meter } from './accepted.ts';
import { asked, versionOf } from './catalogue.ts';
import { drawOffers } from './catalogue-wider.ts';
import type { Dice } from './dice.ts';
import type { Customer, Seller } from './workload-acts.ts';

/** What is read again or spoilt is younger than this: what it was part of is still looked after. */
const READ_AGAIN_HOURS = 20 * 24;
const WAIT_MS = 1_000;
const WAIT_MS_MAX = 60_000;
const BEGINNING = '2023-01-01T00:00:00Z';
const END = '2030-01-01T00:00:00Z';

/** A meter of one clock's customers, and the plan that they have. */
export type OwnMeter = { readonly meter: Meter & { readonly forms: Form[] }; readonly plan: string };

export async function setUpOwnMeter(
  { client, tenant, accepted }: Seller,
  name: string,
  dice: Dice,
): Promise<OwnMeter> {
  const key = `own_${name.replace('.', '_')}`;
  const aggregation = dice.pick(['sum', 'max', 'average', 'time_weighted_average'] as const);
  const plain = { eventType: 'request', aggregation, dimensions: ['region'] } as const;
  const form = { valueProperty: 'amount' } as const;
  const asking = { key, name: key, ...plain, dimensions: ['region'], ...form };
  await client.must('own meter', (api, options) => api.meters.create(tenant, asking, options));
  const meter = { key, ...plain, dimensions: ['region' as const], forms: [form as Form] };
  const offers = drawOffers(dice, [meter], { currency: 'USD', units: [], always: true });
  const fee = { key: 'fee', kind: 'fee' as const, currency: 'USD' as const, amount: '5.00' };
  const prices = [fee, ...offers];
  const terms = { currency: 'USD', interval: 'month' as const };
  const made = await client.must('own plan', (api, options) =>
    api.plans.create(tenant, { key, name: key, ...terms, prices: prices.map(asked) }, options),
  );
  const versions = [{ id: versionOf(made), effectiveAt: undefined, prices }];
  accepted.plans.push({ id: made['id'] ?? '', tenant, key, versions });
  return { meter, plan: key };
}

/** Holds for what is taken in or set right from then on. */
async function changeMeter({ client, tenant }: Seller, { meter }: OwnMeter, dice: Dice): Promise<void> {
  const filters = dice.chance(0.5) ? [{ property: 'amount' as const, gt: '8' }] : [];
  const form: Form = { valueProperty: dice.pick(['weight', 'weight', 'amount'] as const), filters };
  await client.must('meter change', (api, options) =>
    api.meters.update(tenant, { meter: meter.key, ...form }, options),
  );
  meter.forms.push(form);
}

type Here = {
  readonly customers: readonly Customer[];
  readonly clock: Accepted['clocks'][number];
  readonly dice: Dice;
};

/** Between two stretches of a clock's time. One change is enough. */
export async function lookAfter(seller: Seller, own: OwnMeter | undefined, here: Here): Promise<void> {
  const { dice } = here;
  const isNew = own?.meter.forms.length === 1;
  if (own !== undefined && isNew && dice.chance(0.6)) await changeMeter(seller, own, dice);
  else if (own !== undefined && !isNew && dice.chance(0.7)) await readAgain(seller, own, here);
  if (dice.chance(0.1)) await recount(seller, here);
}

/** Stored events of the last weeks are read as the meter reads now, also those that are billed. */
async function readAgain(
  { client, tenant, accepted, world }: Seller,
  { meter }: OwnMeter,
  { customers, clock, dice }: Here,
): Promise<void> {
  const now = Temporal.Instant.from(clock.now);
  const from = now.subtract({ hours: dice.int(1, READ_AGAIN_HOURS) });
  const some = dice.chance(0.5) ? customers : [dice.pick(customers)];
  const to = dice.chance(0.5) ? now : from.add({ hours: dice.int(1, READ_AGAIN_HOURS) });
  const asking = {
    meter: meter.key,
    customers: some.map(({ name }) => name),
    from: from.toString(),
    to: to.toString(),
    billed: 'correct' as const,
  };
  const made = await client.must('reprocessing', (api, options) =>
    api.usageReprocessings.create(tenant, asking, options),
  );
  const isOver = (): boolean =>
    world.session.isIdle() &&
    world.engine.ask(`select 1 from usage_reprocessings where id = '${made['id']}' and status = 'done'`)
      .length > 0;
  for (let waitMs = WAIT_MS; !isOver(); waitMs = Math.min(waitMs * 2, WAIT_MS_MAX))
    await client.sleep(waitMs);
  for (const event of accepted.events) {
    const at = Temporal.Instant.from(event.at);
    const isMeant = some.some(({ id }) => id === event.customer) && event.type === meter.eventType;
    const isThen = Temporal.Instant.compare(at, from) >= 0 && Temporal.Instant.compare(at, to) < 0;
    if (isMeant && isThen) event.reading = meter.forms.length - 1;
  }
}

/** An hour of some rollup says something else than its facts, whatever was billed by it, until all are counted again. */
async function recount({ client, tenant, world }: Seller, { customers, clock, dice }: Here): Promise<void> {
  const oldest = Temporal.Instant.from(clock.now).subtract({ hours: READ_AGAIN_HOURS });
  const ids = customers.map(({ id }) => `'${id}'`).join(', ');
  if (world.session.isIdle() && dice.chance(0.7)) {
    world.engine.ask(`update usage_rollups set sum_value = sum_value + 5, max_value = max_value + 3 where ctid = (
      select ctid from usage_rollups where customer_id in (${ids}) and bucket > '${oldest.toString()}'
      order by meter_id, customer_id, bucket desc, dimension_key limit 1)`);
    await client.sleep(dice.int(1, 5_000));
  }
  const asking = { customers: customers.map(({ name }) => name), from: BEGINNING, to: END, repair: true };
  const count = (what: string): Promise<Record<string, unknown>> =>
    client.must(what, (api, options) => api.usageRecounts.create(tenant, asking, options));
  await count('recount');
  const { differing } = await count('recount again');
  if (differing !== 0) throw new Error(`${String(differing)} hours still differ after a repair`);
}
