// Owns the comparison of what the engine wrote with what must be: the reference model's lines and payments, the provider's
// book, and what receivers got. Answers with sentences; none means all is well.
import { createHmac } from 'node:crypto';
import type { Accepted } from './accepted.ts';
import { expectedLines, expectedPayment } from './reference-model.ts';
import { SKEW_MS_MAX } from './weather.ts';
import type { World } from './world.ts';

type Row = Record<string, string | null>;

/** Everything that is wrong once all is at rest. */
export function findDifferences(world: World, accepted: Accepted, calmAt: string): string[] {
  const nowOf = nowsOf(world, accepted);
  return [
    ...compareLines(world, accepted, nowOf),
    ...comparePayments(world, accepted, { nowOf, calmAt }),
    ...compareBook(world),
    ...compareUsage(world, accepted),
    ...compareEvents(world, accepted),
    ...compareDeliveries(world, accepted),
    ...compareMails(world),
    ...parked(world),
  ];
}

/** Business time by customer. */
function nowsOf(world: World, accepted: Accepted): (customer: string) => string {
  const real = Temporal.Instant.fromEpochMilliseconds(Math.floor(world.timeline.nowMs())).toString();
  return (id) => {
    const clock = accepted.customers.find((customer) => customer.id === id)?.clock;
    return accepted.clocks.find((one) => one.id === clock)?.now ?? real;
  };
}

function compareLines(world: World, accepted: Accepted, nowOf: (customer: string) => string): string[] {
  const rows = world.engine.ask(`
    select l.subscription_id || ' ' || p.key || ' ' || case l.kind when 'fee' then 'fee' else 'usage' end || ' ' ||
        to_char(l.service_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as place,
      sum(l.amount)::text as amount, count(*) filter (where l.kind <> 'late_usage')::text as lines
    from invoice_lines l join prices p on p.id = l.price_id join invoices i on i.id = l.invoice_id
    where not l.voided and i.status <> 'void' group by 1 order by 1`);
  const found = new Map(rows.map((row) => [row['place'] ?? '', row]));
  const wrong: string[] = [];
  for (const line of expectedLines(accepted, nowOf)) {
    const place = `${line.subscription} ${line.price} ${line.kind} ${line.start}`;
    const row = found.get(place);
    found.delete(place);
    const amount = row?.['amount'] ?? '0';
    if (amount !== line.amount) wrong.push(`${place}: billed ${amount}, must be ${line.amount}`);
    if (Number(row?.['lines'] ?? 0) > 1) wrong.push(`${place}: on ${row?.['lines']} lines`);
    // What costs nothing makes no line (decision 0027).
    if (row === undefined && line.kind === 'fee' && line.amount !== '0') wrong.push(`${place}: no line`);
  }
  return [...wrong, ...[...found.keys()].map((place) => `${place}: nobody asked for this line`)];
}

function comparePayments(
  world: World,
  accepted: Accepted,
  { nowOf, calmAt }: { nowOf: (customer: string) => string; calmAt: string },
): string[] {
  const invoices =
    world.engine.ask(`select id, customer_id, status, total, issued_at from invoices where status <> 'draft'
    order by id`);
  return invoices.flatMap((invoice) => {
    const { id, customer_id: owner, status, total, issued_at: issuedAt } = invoice;
    const customer = accepted.customers.find((one) => one.id === owner);
    if (customer === undefined) return [`invoice ${id} belongs to nobody that was accepted`];
    const must = expectedPayment(customer.token, {
      total: BigInt(total ?? '0'),
      issuedAt: (issuedAt ?? '').replace(' ', 'T').replace('+00', 'Z'),
      now: nowOf(customer.id),
      calmAt: customer.clock === undefined ? calmAt : undefined,
      lost: [...world.provider.missed].some((key) => key.startsWith(`${id}-`)),
    });
    const charged = world.provider.book.filter(
      (charge) => charge.invoice === id && charge.outcome === 'succeeded',
    );
    const sum = charged.reduce((all, { amount }) => all + amount, 0n);
    const wrong: string[] = [];
    if (must !== 'either' && status !== must) wrong.push(`invoice ${id} is ${status}, must be ${must}`);
    if (sum !== (status === 'paid' ? BigInt(total ?? '0') : 0n))
      wrong.push(
        `invoice ${id} (${status}, ${total}): the provider took ${sum} in ${charged.length} charges`,
      );
    return wrong;
  });
}

/** Both ways: what the provider took is recorded, and what is recorded was taken. */
function compareBook(world: World): string[] {
  const rows = world.engine.ask(`select reference, amount from payments order by reference`);
  const recorded = new Map(rows.map((row) => [row['reference'], row['amount']]));
  const taken = world.provider.book.filter(({ outcome }) => outcome === 'succeeded');
  const wrong = taken.flatMap(({ reference, amount }) =>
    recorded.get(reference) === String(amount)
      ? []
      : [`charge ${reference} of ${amount} is not in our payments`],
  );
  if (recorded.size !== taken.length)
    wrong.push(`${recorded.size} payments are recorded, the provider made ${taken.length}`);
  const keys = Map.groupBy(world.provider.book, ({ key }) => key);
  for (const [key, charges] of keys)
    if (charges.length > 1) wrong.push(`key ${key} was charged ${charges.length} times`);
  return wrong;
}

function compareUsage(world: World, accepted: Accepted): string[] {
  const rows = world.engine.ask(`select customer_id || ' ' || event_id as id,
      case when retracted_at is null then properties ->> 'amount' end as value
    from usage_events order by 1`);
  const stored = new Map(rows.map((row) => [row['id'], row['value']]));
  const wrong = accepted.events.flatMap(({ customer, id, value }) =>
    stored.has(`${customer} ${id}`) && stored.get(`${customer} ${id}`) === (value ?? null)
      ? []
      : [`event ${customer} ${id} is stored as ${stored.get(`${customer} ${id}`)}`],
  );
  if (stored.size !== rows.length) wrong.push('an event is stored twice');
  return wrong;
}

function compareEvents(world: World, accepted: Accepted): string[] {
  const rows = world.engine.ask(`
    select c.id,
      count(*) filter (where e.type = 'billing.customer.created')::text as created,
      count(*) filter (where e.type = 'billing.subscription.created')::text as subscribed,
      count(*) filter (where e.type = 'billing.invoice.created')::text as issued,
      count(*) filter (where e.type = 'billing.invoice.paid')::text as settled,
      count(*) filter (where e.type = 'billing.payment.succeeded')::text as payments,
      max(e.sequence)::text as last, count(*)::text as events,
      (select count(*)::text from invoices i where i.customer_id = c.id and i.status <> 'draft') as invoices,
      (select count(*)::text from invoices i where i.customer_id = c.id and i.status = 'paid') as paid,
      (select count(*)::text from payments p where p.customer_id = c.id) as received
    from customers c left join billing_events e on e.customer_id = c.id group by c.id order by c.id`);
  return rows.flatMap((row) => {
    const subscriptions = accepted.subscriptions.filter(({ customer }) => customer === row['id']).length;
    const pairs: [string, string | null | undefined, string | null | undefined][] = [
      ['created', row['created'], '1'],
      ['subscribed', row['subscribed'], String(subscriptions)],
      ['issued', row['issued'], row['invoices']],
      ['settled', row['settled'], row['paid']],
      ['payments', row['payments'], row['received']],
      ['sequence', row['last'], row['events']],
    ];
    return pairs
      .filter(([, a, b]) => a !== b)
      .map(([what, a, b]) => `customer ${row['id']} ${what}: ${a} events for ${b}`);
  });
}

function compareDeliveries(world: World, accepted: Accepted): string[] {
  const wrong: string[] = [];
  const rows = world.engine.ask(`
    select e.id as event, w.id as endpoint, d.status from billing_events e
    join webhook_endpoints w on w.tenant_id = e.tenant_id
    left join webhook_deliveries d on d.message_id = e.id and d.endpoint_id = w.id
    where e.customer_id is not null order by e.id`);
  const happened = new Map(
    world.engine
      .ask('select id, extract(epoch from created_at) * 1000 as at from billing_events')
      .map(({ id, at }) => [id, Number(at)]),
  );
  const bodies = new Map<string, string>();
  const taken = new Set<string>();
  for (const hook of world.outside.hooks) {
    if (hook.taken) taken.add(hook.id);
    if ((bodies.get(hook.id) ?? hook.body) !== hook.body) wrong.push(`message ${hook.id} changed its body`);
    bodies.set(hook.id, hook.body);
    const endpoint = accepted.endpoints.find(({ id }) => id === hook.endpointId);
    const isKnown = (happened.get(hook.id) ?? 0) >= (endpoint?.sinceMs ?? 0) + SKEW_MS_MAX;
    if (isKnown && !isSigned(hook, endpoint?.secret ?? ''))
      wrong.push(`message ${hook.id} is not signed with the endpoint's secret`);
  }
  for (const { event, endpoint, status } of rows as Row[]) {
    if (status == null) wrong.push(`event ${event} has no delivery to ${endpoint}`);
    else if (status === 'delivered' && !taken.has(event ?? ''))
      wrong.push(`event ${event} counts as delivered and nobody got it`);
  }
  return wrong;
}

function isSigned(
  hook: { id: string; timestamp: string; body: string; signature: string },
  secret: string,
): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const mac = createHmac('sha256', key).update(`${hook.id}.${hook.timestamp}.${hook.body}`).digest('base64');
  return hook.signature.split(' ').includes(`v1,${mac}`);
}

function compareMails(world: World): string[] {
  const arrived = new Set(world.outside.mails);
  const rows = world.engine.ask(`select message_id, status from emails order by 1`);
  return rows
    .filter(({ message_id: id, status }) => status === 'sent' && !arrived.has(id ?? ''))
    .map(({ message_id: id }) => `mail ${id} counts as sent and never arrived`);
}

/** Every bug parks its customer (law 9); no fault of the world is one. */
function parked(world: World): string[] {
  const rows = world.engine.ask(`select id, parked_reason as reason from customers where parked_at is not null
    union all select id, parked_reason from charges where parked_at is not null
    union all select id::text, failure from usage_inbox where failed_at is not null
    union all select id, result::text from commands where result ->> 'code' = 'internal_error'`);
  return rows.map(({ id, reason }) => `${id} hit a bug: ${reason}`);
}
