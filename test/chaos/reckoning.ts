// Owns the question whether anything was lost or doubled: what clients were told, what providers and receivers have, and what
// the rows say, compared both ways. Answers with sentences; none means all is well.
import { type Accepted, eventKey } from './accepted.ts';
import type { Receivers } from './receivers.ts';
import type { Servers } from './servers.ts';

type Reckoning = { readonly servers: Servers; readonly accepted: Accepted; readonly receivers: Receivers };

export async function reckon(all: Reckoning): Promise<string[]> {
  const parts = [events, customers, charges, webhooks, mails, bugs].map((part) => part(all));
  return [...(await Promise.all(parts)).flat(), ...all.receivers.wrongs()];
}

/** Whether any work is under way or waits for its next try. */
export async function unfinished(servers: Servers): Promise<string[]> {
  const rows = await servers.ask<{ what: string }>(`
    select 'usage' as what where exists (select 1 from usage_inbox where failed_at is null)
    union all select 'outbox' where exists (select 1 from outbox)
    union all select 'commands' where exists (select 1 from commands where status = 'queued')
    union all select 'clocks' where exists (select 1 from test_clocks where status = 'advancing')
    union all select 'payments' where exists (select 1 from payment_attempts where status in ('intended', 'unknown'))
    union all select 'mails' where exists (select 1 from emails where status = 'pending')
    union all select 'webhooks' where exists (select 1 from webhook_deliveries d
      join webhook_endpoints w on w.id = d.endpoint_id where d.status = 'pending' and w.url not like '%/moody')`);
  return rows.map(({ what }) => what);
}

async function events({ servers, accepted }: Reckoning): Promise<string[]> {
  const rows = await servers.ask<{ customer: string; id: string; tokens: string }>(
    `select customer_id as customer, event_id as id, properties ->> 'tokens' as tokens from usage_events`,
  );
  const stored = new Map(rows.map(({ customer, id, tokens }) => [eventKey(customer, id), tokens]));
  const wrong: string[] = [];
  if (stored.size !== rows.length) wrong.push(`${rows.length - stored.size} events are stored twice`);
  for (const [key, tokens] of accepted.events)
    if (stored.get(key) !== String(tokens))
      wrong.push(`event ${key} of ${tokens} is stored as ${stored.get(key)}`);
  for (const key of stored.keys())
    if (!accepted.events.has(key)) wrong.push(`event ${key} was sent by nobody`);
  return wrong;
}

/** Every accepted command has had its effect once, and nothing else has: who signed up, for what, billed how often and how much. */
async function customers({ servers, accepted }: Reckoning): Promise<string[]> {
  type Row = {
    id: string;
    external: string;
    subscriptions: string;
    invoices: string;
    cents: string;
    unpaid: string;
  };
  const rows = await servers.ask<Row>(`
    select c.id, c.external_id as external,
      (select string_agg(id, ' ') from subscriptions where customer_id = c.id) as subscriptions,
      (select count(*) from invoices where customer_id = c.id and status <> 'draft') as invoices,
      (select coalesce(sum(total), 0) from invoices where customer_id = c.id and status <> 'draft') as cents,
      (select count(*) from invoices where customer_id = c.id and status not in ('draft', 'paid')) as unpaid
    from customers c`);
  const stored = new Map(rows.map((row) => [row.id, row]));
  const wrong: string[] = [];
  if (stored.size !== accepted.customers.length)
    wrong.push(`${stored.size} customers are stored, ${accepted.customers.length} were accepted`);
  for (const customer of accepted.customers) {
    const row = stored.get(customer.id);
    const pairs: [string, unknown, unknown][] = [
      ['external id', row?.external, customer.externalId],
      ['subscriptions', row?.subscriptions, customer.subscription],
      ['invoices', Number(row?.invoices), customer.invoices],
      ['billed cents', Number(row?.cents), customer.cents],
      ['unpaid invoices', Number(row?.unpaid), 0],
    ];
    for (const [what, is, must] of pairs)
      if (is !== must)
        wrong.push(`customer ${customer.externalId}: ${what} ${String(is)}, must be ${String(must)}`);
  }
  return wrong;
}

/** The provider's own book: from each card what its customer was billed, in as many charges as invoices. */
async function charges({ servers, accepted }: Reckoning): Promise<string[]> {
  const rows = await servers.ask<{ token: string; charges: string; cents: string }>(`
    select token, count(*) as charges, sum(amount::numeric) as cents from fake_gateway.charges
    where outcome = 'succeeded' group by token`);
  const book = new Map(rows.map((row) => [row.token, row]));
  const wrong = accepted.customers.flatMap(({ token, invoices, cents }) => {
    const row = book.get(token);
    book.delete(token);
    return Number(row?.charges) === invoices && Number(row?.cents) === cents
      ? []
      : [`card ${token}: ${row?.cents} in ${row?.charges} charges, must be ${cents} in ${invoices}`];
  });
  return [...wrong, ...[...book.keys()].map((token) => `card ${token} was charged for nobody`)];
}

async function webhooks({ servers, receivers }: Reckoning): Promise<string[]> {
  const rows = await servers.ask<{ id: string; url: string; status: string | null; next: string | null }>(`
    select e.id, w.url, d.status, d.next_attempt_at::text as next from billing_events e
    join webhook_endpoints w on w.tenant_id = e.tenant_id and w.created_at < e.created_at
    left join webhook_deliveries d on d.message_id = e.id and d.endpoint_id = w.id`);
  const taken = receivers.hooks.map((_, at) => receivers.taken(at));
  return rows.flatMap(({ id, url, status, next }) => {
    const at = receivers.hooks.indexOf(url);
    if (status === null) return [`event ${id} has no delivery to endpoint ${at}`];
    const arrived = taken[at]?.has(id) ?? false;
    if (status === 'delivered') return arrived ? [] : [`event ${id} counts as delivered and never came`];
    // The moody endpoint refuses at first: then there must be a next try.
    return at > 0 && status === 'pending' && next !== null
      ? []
      : [`event ${id} is ${status} for endpoint ${at}`];
  });
}

async function mails({ servers, receivers }: Reckoning): Promise<string[]> {
  const arrived = receivers.mails();
  const rows = await servers.ask<{ id: string; status: string }>(
    `select message_id as id, status from emails`,
  );
  return rows.flatMap(({ id, status }) =>
    status === 'sent' && arrived.has(id)
      ? []
      : [`mail ${id} is ${status}, ${arrived.has(id) ? 'and came' : 'and never came'}`],
  );
}

/** A bug parks what it happened in (law 9); being killed is none. */
async function bugs({ servers }: Reckoning): Promise<string[]> {
  const rows = await servers.ask<{ id: string; reason: string }>(`
    select id, parked_reason as reason from customers where parked_at is not null
    union all select id, parked_reason from charges where parked_at is not null
    union all select id::text, failure from usage_inbox where failed_at is not null
    union all select id, result::text from commands where result ->> 'code' = 'internal_error'`);
  return rows.map(({ id, reason }) => `${id} hit a bug: ${reason}`);
}
