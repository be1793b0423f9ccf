// Owns the comparison with the outside where it can be asked: the book of the built-in fake gateway, both ways.
// Other gateways keep their books elsewhere.
import type { SqlInvariant } from './invariant.ts';

/** A charge is found by its invoice, which its key begins with, so that another tenant's charges are nobody's here. */
export const provider: SqlInvariant = {
  id: 'I8.provider',
  title:
    'the provider charged what an attempt asked for, never for one that failed, never more than the invoice',
  looked: (tx) => tx`select count(*) from fake_gateway.charges`,
  broken: (tx) => tx`
    with charges as (
      select c.*, i.id as invoice_id, i.total, a.id as attempt_id, a.status
      from fake_gateway.charges c
      join invoices i on i.id = regexp_replace(c.provider_key, '-[0-9]+$', '')
      left join payment_attempts a on a.gateway = 'fake' and a.provider_key = c.provider_key
        and (a.amount, a.currency, a.token) = (c.amount, c.currency, c.token))
    select provider_key as subject, 'no attempt asked for it' as problem from charges where attempt_id is null
    union all
    select attempt_id, status || ', and the provider ' || outcome from charges
    where (status = 'failed' and outcome = 'succeeded') or (status = 'succeeded' and outcome <> 'succeeded')
    union all
    select a.id, 'succeeded, and the provider knows nothing of it' from payment_attempts a
    where a.gateway = 'fake' and a.status = 'succeeded' and exists (select 1 from fake_gateway.charges)
      and not exists (select 1 from fake_gateway.charges c where c.provider_key = a.provider_key)
    union all
    select invoice_id, format('of %s, charged %s', min(total), sum(amount)) from charges where outcome = 'succeeded'
    group by invoice_id having sum(amount) > min(total)`,
};

export const collected: SqlInvariant = {
  id: 'I8.collected',
  title: 'everything the provider charged is recorded',
  holds: 'rest',
  looked: (tx) => tx`select count(*) from fake_gateway.charges where outcome = 'succeeded'`,
  broken: (tx) => tx`
    select c.provider_key as subject, c.amount || ' ' || c.currency || ' is not recorded' as problem
    from fake_gateway.charges c join invoices i on i.id = regexp_replace(c.provider_key, '-[0-9]+$', '')
    where c.outcome = 'succeeded' and not exists (
      select 1 from payments p where p.gateway = 'fake' and p.reference = c.reference and p.amount = c.amount)`,
};
