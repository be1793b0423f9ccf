// Owns what must hold of the ledger: every journal balances, and accounts are what their sub-ledgers say (rulings B and C).
import type { SqlInvariant } from './invariant.ts';

export const journals: SqlInvariant = {
  id: 'I7.journals',
  title: 'every journal has postings, and they sum to zero in each currency',
  looked: (tx) => tx`select count(*) from journals`,
  broken: (tx) => tx`
    select journal_id as subject, 'is off by ' || sum(amount) || ' ' || currency as problem
    from postings group by journal_id, currency having sum(amount) <> 0
    union all
    select id, 'has no postings' from journals j where not exists (
      select 1 from postings p where p.tenant_id = j.tenant_id and p.journal_id = j.id)`,
};

export const receivable: SqlInvariant = {
  id: 'I7.receivable',
  title: 'the receivable of an invoice is what it still expects',
  looked: (tx) => tx`select count(*) from invoices`,
  broken: (tx) => tx`
    select coalesce(i.id, p.invoice_id, 'no invoice') as subject,
      format('the ledger expects %s, the invoice (%s) %s', coalesce(p.sum, 0), i.status, i.total - i.amount_paid) as problem
    from invoices i
    full join (select invoice_id, currency, sum(amount) from postings where account = 'receivable' group by 1, 2) p
      on p.invoice_id = i.id and p.currency = i.currency
    where coalesce(p.sum, 0) <> case when i.status in ('open', 'paid') then i.total - i.amount_paid else 0 end`,
};

export const income: SqlInvariant = {
  id: 'I7.income',
  title: 'issuing an invoice posted each of its lines, once',
  looked: (tx) => tx`
    select count(*) from invoice_lines l join invoices i on i.id = l.invoice_id where i.status <> 'draft'`,
  broken: (tx) => tx`
    select l.id as subject, format('%s %s, posted %s', l.amount, l.currency, coalesce(p.sum, 0)) as problem
    from invoice_lines l join invoices i on i.id = l.invoice_id
    left join lateral (
      select -sum(s.amount) as sum from journals j join postings s on s.tenant_id = j.tenant_id and s.journal_id = j.id
      where j.tenant_id = i.tenant_id and j.kind = 'invoice.finalized' and j.source = i.id and s.line_id = l.id
        and s.currency = l.currency
        and s.account in ('deferred_revenue', 'revenue:fee', 'revenue:usage')) p on true
    where i.status <> 'draft' and coalesce(p.sum, 0) <> l.amount
    union all
    select j.id, 'posts the issue of ' || j.source || ', which is not issued'
    from journals j left join invoices i on i.id = j.source
    where j.kind = 'invoice.finalized' and coalesce(i.status, 'draft') = 'draft'`,
};

export const clearing: SqlInvariant = {
  id: 'I7.clearing',
  title: 'the clearing account of a gateway holds the payments that came through it',
  looked: (tx) => tx`select count(*) from payments`,
  broken: (tx) => tx`
    select format('%s %s %s', coalesce(p.tenant_id, c.tenant_id), coalesce(p.account, c.account), coalesce(p.currency, c.currency))
        as subject, format('the ledger says %s, payments say %s', c.sum, p.sum) as problem
    from (select tenant_id, 'gateway_clearing:' || gateway as account, currency, sum(amount) from payments group by 1, 2, 3) p
    full join (select tenant_id, account, currency, sum(amount) from postings where account like 'gateway_clearing:%'
        group by 1, 2, 3) c
      on c.tenant_id = p.tenant_id and c.account = p.account and c.currency = p.currency
    where p.sum is distinct from c.sum`,
};

export const unapplied: SqlInvariant = {
  id: 'I7.unapplied',
  title: 'unapplied payments are payments less what they paid',
  looked: (tx) => tx`select count(*) from payments`,
  broken: (tx) => tx`
    select coalesce(r.customer_id, u.customer_id) as subject,
      format('the ledger says %s %s, payments say %s', coalesce(u.sum, 0), coalesce(u.currency, r.currency), coalesce(r.rest, 0))
        as problem
    from (select p.customer_id, p.currency, sum(p.amount) - coalesce(sum(a.amount), 0) as rest from payments p
      left join (select payment_id, sum(amount) as amount from payment_allocations group by 1) a on a.payment_id = p.id
      group by 1, 2) r
    full join (select customer_id, currency, -sum(amount) as sum from postings where account = 'unapplied_payments' group by 1, 2) u
      on u.customer_id = r.customer_id and u.currency = r.currency
    where coalesce(r.rest, 0) <> coalesce(u.sum, 0)`,
};
