// Owns what must hold of money that came in: each answer of a gateway is one payment and one journal, and pays no more than
// is owed.
import type { SqlInvariant } from './invariant.ts';

export const attempts: SqlInvariant = {
  id: 'I8.attempts',
  title: 'every succeeded attempt has exactly one payment and one journal, every other none',
  looked: (tx) => tx`select count(*) from payment_attempts`,
  broken: (tx) => tx`
    select a.id as subject, format('%s with %s payments and %s journals', a.status, p.count, j.count) as problem
    from payment_attempts a
    cross join lateral (select count(*) from payments where attempt_id = a.id) p
    cross join lateral (select count(*) from journals where kind = 'payment.succeeded' and source = a.id
      and tenant_id = a.tenant_id) j
    where (p.count, j.count) is distinct from case when a.status = 'succeeded' then (1::bigint, 1::bigint) else (0::bigint, 0::bigint) end
    union all
    select p.id, format('%s %s by %s, its attempt asked for %s %s', p.amount, p.currency, p.reference, a.amount, a.currency)
    from payments p join payment_attempts a on a.id = p.attempt_id
    where (p.tenant_id, p.customer_id, p.gateway, p.reference, p.amount, p.currency)
      is distinct from (a.tenant_id, a.customer_id, a.gateway, a.provider_reference, a.amount, a.currency)`,
};

export const references: SqlInvariant = {
  id: 'I8.references',
  title: 'what the outside did is recorded once',
  looked: (tx) => tx`select count(*) from payments`,
  broken: (tx) => tx`
    select min(id) as subject, gateway || ' ' || reference || ' is recorded ' || count(*) || ' times' as problem
    from payments group by tenant_id, gateway, reference having count(*) > 1
    union all
    select min(id), 'key ' || provider_key || ' belongs to ' || count(*) || ' attempts'
    from payment_attempts group by gateway, provider_key having count(*) > 1`,
};

export const allocations: SqlInvariant = {
  id: 'I9.allocations',
  title: 'a payment pays no more than it is, an invoice is paid no more than it asks, in one currency',
  looked: (tx) => tx`select count(*) from payment_allocations`,
  broken: (tx) => tx`
    select p.id as subject, format('is %s and pays %s', p.amount, sum(a.amount)) as problem
    from payments p join payment_allocations a on a.payment_id = p.id group by p.id having sum(a.amount) > p.amount
    union all
    select i.id, format('total %s, amount_paid %s, allocated %s', i.total, i.amount_paid, coalesce(sum(a.amount), 0))
    from invoices i left join payment_allocations a on a.invoice_id = i.id
    group by i.id having i.amount_paid <> coalesce(sum(a.amount), 0) or i.amount_paid > greatest(i.total, 0)
      or (i.status = 'paid' and i.amount_paid <> i.total) or (i.status = 'open' and i.amount_paid = i.total)
    union all
    select a.id, 'is between ' || p.currency || ' and ' || i.currency
    from payment_allocations a join payments p on p.id = a.payment_id join invoices i on i.id = a.invoice_id
    where (p.currency, p.customer_id) <> (i.currency, i.customer_id)`,
};

export const attemptCounts: SqlInvariant = {
  id: 'I19.payments',
  title: 'attempts of an invoice are counted from 1, and each decline once',
  looked: (tx) => tx`select count(*) from payment_attempts`,
  broken: (tx) => tx`
    select i.id as subject, format('%s attempts up to number %s, %s declined, counted %s, %s unresolved', count(a.id),
      max(a.number), count(*) filter (where a.status = 'failed'), i.decline_count,
      count(*) filter (where a.status in ('intended', 'unknown'))) as problem
    from invoices i left join payment_attempts a on a.invoice_id = i.id
    group by i.id having count(a.id) <> coalesce(max(a.number), 0) or count(a.id) <> count(distinct a.number)
      or count(*) filter (where a.status = 'failed') <> i.decline_count
      or count(*) filter (where a.status in ('intended', 'unknown')) > 1`,
};
