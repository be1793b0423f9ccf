// Owns what two tellings of the story must have in common, in words without ids, times of the machine and order of numbers;
// and the question whether anything is still to be done.
import type { Sql } from '#db/scope.ts';
import { inSystem } from '#db/scope.ts';
import type { Receivers } from './receivers.ts';

export type Books = Readonly<Record<string, readonly string[]>>;

/** Sorted sentences by what they are about. */
export async function readBooks(sql: Sql, receivers: Receivers): Promise<Books> {
  return inSystem(sql, async (tx) => {
    const say = async (rows: PromiseLike<readonly { text: string }[]>) =>
      (await rows).map(({ text }) => text).sort();
    const told = await tx<{ id: string; text: string }[]>`
      select e.id, coalesce(c.name, 'seller') || ' ' || coalesce(e.sequence, 0) || ' ' || e.type as text
      from billing_events e left join customers c on c.id = e.customer_id`;
    return {
      invoices: await say(tx<{ text: string }[]>`
        select format('%s %s %s %s %s of %s %s: %s', c.name, i.kind, i.boundary_at, i.status, i.amount_paid, i.total, i.currency, l.lines)
          as text
        from invoices i join customers c on c.id = i.customer_id cross join lateral (
          select string_agg(format('%s %s %s from %s to %s', l.description, l.quantity, l.amount, l.service_start, l.service_end), '; '
            order by l.kind, l.description) as lines from invoice_lines l where l.invoice_id = i.id) l`),
      numbers: await say(
        tx<{ text: string }[]>`select number as text from invoices where number is not null`,
      ),
      subscriptions: await say(tx<{ text: string }[]>`
        select c.name || ' ' || s.status || ' until ' || coalesce(s.ended_at, s.period_end) as text
        from subscriptions s join customers c on c.id = s.customer_id`),
      usage: await say(tx<{ text: string }[]>`
        select c.name || ' ' || e.event_id || ' ' || e.event_time as text from usage_events e join customers c on c.id = e.customer_id`),
      attempts: await say(tx<{ text: string }[]>`
        select format('%s %s %s %s', c.name, i.boundary_at, a.number, a.status) as text
        from payment_attempts a join invoices i on i.id = a.invoice_id join customers c on c.id = a.customer_id`),
      charges: await say(tx<{ text: string }[]>`
        select token || ' ' || outcome || ' ' || amount as text from fake_gateway.charges`),
      ledger: await say(tx<{ text: string }[]>`
        select account || ' ' || sum(amount) as text from postings group by account`),
      events: told.map(({ text }) => text).sort(),
      webhooks: told
        .filter(({ id }) => receivers.taken.has(id))
        .map(({ text }) => text)
        .sort(),
      mails: [...new Map(receivers.mails.map(({ messageId, what }) => [messageId, what])).values()].sort(),
    };
  });
}

/** Sentences that only one of two books has: `-` the first, `+` the second. */
export function differences(one: Books, other: Books): string[] {
  return Object.keys(one).flatMap((about) => {
    const [mine = [], theirs = []] = [one[about], other[about]];
    return [
      ...mine.filter((text) => !theirs.includes(text)).map((text) => `- ${about}: ${text}`),
      ...theirs.filter((text) => !mine.includes(text)).map((text) => `+ ${about}: ${text}`),
      ...(mine.length === theirs.length ? [] : [`${about}: ${mine.length} and ${theirs.length}`]),
    ];
  });
}

/** Kinds of work that wait for their own time. */
const IN_TIME: readonly string[] = ['late usage', 'drafts'];

/** What is under way or due now; at the end of everything also what waits for its own time. */
export async function unrest(
  sql: Sql,
  { atTheEnd, now }: { readonly atTheEnd: boolean; readonly now: string },
): Promise<string[]> {
  const work = await workLeft(sql, now);
  return work.map(({ kind }) => kind).filter((kind) => atTheEnd || !IN_TIME.includes(kind));
}

/** What could be done now, whoever holds it; not what waits until a provider or a receiver is asked again. */
export async function dueNow(sql: Sql, now: string): Promise<string[]> {
  const work = await workLeft(sql, now);
  return work.flatMap(({ kind, due }) => (due ? [kind] : []));
}

/** Each kind of work that there is, and whether any of it could be done now. */
async function workLeft(sql: Sql, now: string): Promise<{ kind: string; due: boolean }[]> {
  return await inSystem(
    sql,
    (tx) => tx<{ kind: string; due: boolean }[]>`
      select kind, bool_or(due) as due from (
        select 'commands' as kind, true as due from commands where status = 'queued'
        union all select 'customers', true from customers c left join test_clocks k on k.id = c.clock_id
          where c.due_at <= coalesce(k.now_at, ${now})
        union all select 'inbox', true from usage_inbox
        union all select 'outbox', true from outbox
        union all select 'mails', coalesce(next_attempt_at <= ${now}, false) from emails where status = 'pending'
        union all select 'deliveries', coalesce(d.next_attempt_at <= ${now}, false) and (w.resume_at is null or w.resume_at <= ${now})
          from webhook_deliveries d join webhook_endpoints w on w.id = d.endpoint_id where d.status = 'pending'
        union all select 'late usage', false from stale_usage
        union all select 'payments', coalesce(next_call_at <= ${now}, false) from payment_attempts
          where status in ('intended', 'unknown')
        union all select 'drafts', false from invoices where status = 'draft'
        union all select 'clocks', true from test_clocks where status = 'advancing') work
      group by kind`,
  );
}
