// Owns what must hold of invoices: one for a boundary, the sum of its lines, and unchanged since it was issued.
import type { SqlInvariant } from './invariant.ts';

export const oneForBoundary: SqlInvariant = {
  id: 'I4.invoices',
  title: 'one live cycle invoice for a boundary and group',
  looked: (tx) => tx`select count(*) from invoices where kind = 'cycle'`,
  broken: (tx) => tx`
    select min(id) as subject, 'there are ' || count(*) || ' of it' as problem
    from invoices where kind = 'cycle' and status <> 'void'
    group by tenant_id, customer_id, group_key, boundary_at having count(*) > 1`,
};

export const totals: SqlInvariant = {
  id: 'I5.totals',
  title: 'the total of an invoice is the sum of its lines and its tax, and an issued one has a line',
  looked: (tx) => tx`select count(*) from invoices`,
  broken: (tx) => tx`
    select i.id as subject, format('subtotal %s, tax %s, total %s; its %s lines sum to %s', i.subtotal, i.tax, i.total, l.count,
      l.sum) as problem
    from invoices i cross join lateral (
      select coalesce(sum(amount), 0) as sum, count(*) from invoice_lines where invoice_id = i.id and not voided) l
    where i.subtotal <> l.sum or i.total <> i.subtotal + i.tax
      or (i.status not in ('draft', 'void') and (l.count = 0 or i.total < 0))`,
};

/** The event of the issue holds the whole invoice, and events never change. */
export const unchanged: SqlInvariant = {
  id: 'I6.unchanged',
  title: 'an issued invoice and its lines are what was told when it was issued',
  looked: (tx) => tx`select count(*) from invoices where status <> 'draft'`,
  broken: (tx) => tx`
    with told as (select object_id as id, data from billing_events where type = 'billing.invoice.created')
    select i.id as subject, format('was told as %s %s %s', t.data ->> 'number', t.data ->> 'total', t.data ->> 'currency') as problem
    from invoices i join told t on t.id = i.id
    where i.status <> 'draft' and (i.number, i.currency, i.customer_id, i.subtotal, i.tax, i.total, i.issued_at, i.issue_date, i.due_at)
      is distinct from (t.data ->> 'number', t.data ->> 'currency', t.data ->> 'customerId', (t.data ->> 'subtotal')::bigint,
        (t.data ->> 'tax')::bigint, (t.data ->> 'total')::bigint, (t.data ->> 'issuedAt')::timestamptz,
        (t.data ->> 'issueDate')::date, (t.data ->> 'dueAt')::timestamptz)
    union all
    select coalesce(l.id, o.id), case when o.id is null then 'was not told' when l.id is null then 'was told and is lost'
      else format('was told as %s for %s', o.amount, o.quantity) end
    from (select l.* from invoice_lines l join invoices i on i.id = l.invoice_id join told t on t.id = i.id
      where i.status <> 'draft') l
    full join (select o.*, t.id as invoice_id from told t cross join lateral json_to_recordset(t.data -> 'lines')
        as o(id text, kind text, description text, quantity numeric, "unitAmount" numeric, amount bigint,
          "serviceStart" timestamptz, "serviceEnd" timestamptz)) o
      on o.id = l.id and o.invoice_id = l.invoice_id
    where (l.kind, l.description, l.quantity, l.unit_amount, l.amount, l.service_start, l.service_end, l.frozen)
      is distinct from (o.kind, o.description, o.quantity, o."unitAmount", o.amount, o."serviceStart", o."serviceEnd", true)`,
};

/** A number is the entity's prefix, the fiscal year and the place in its series. */
export const numbers: SqlInvariant = {
  id: 'I6.numbers',
  title: 'the numbers of a series have no gap, and its counter stands at the last',
  looked: (tx) => tx`select count(*) from invoices where number is not null`,
  broken: (tx) => tx`
    with taken as (
      select i.id, i.tenant_id, i.legal_entity_id, i.number, p.parts[1] as prefix, p.parts[2]::integer as year,
        p.parts[3]::bigint as place, extract(year from i.issue_date) as issued_in
      from invoices i cross join lateral (select regexp_match(i.number, '^(.*)([0-9]{4})-([0-9]{6,})$') as parts) p
      where i.number is not null)
    select id as subject, 'has the number ' || number as problem from taken
    where place is null or year <> issued_in
    union all
    select min(id), 'number ' || min(number) || ' is taken ' || count(*) || ' times' from taken
    group by tenant_id, legal_entity_id, year, place having count(*) > 1
    union all
    select coalesce(s.legal_entity_id, t.legal_entity_id) || ' ' || coalesce(s.fiscal_year, t.year),
      format('%s numbers from %s to %s, the counter stands at %s', t.count, t.first, t.last, s.last_number)
    from (select * from number_series where document_type = 'invoice') s
    full join (select tenant_id, legal_entity_id, year, count(distinct place), min(place) as first, max(place) as last
        from taken where place is not null group by 1, 2, 3) t
      on t.tenant_id = s.tenant_id and t.legal_entity_id = s.legal_entity_id and t.year = s.fiscal_year
    where (s.last_number, s.last_number, 1) is distinct from (t.count, t.last, t.first)`,
};
