// Owns what must hold of charges and their runs: what is booked is what the runs say, and a status has the runs it needs.
import type { SqlInvariant } from './invariant.ts';

export const bookings: SqlInvariant = {
  id: 'I5.booked',
  title: 'a charge has booked the sum of its completed runs, each of them a difference to the one before',
  looked: (tx) => tx`select count(*) from charges`,
  broken: (tx) => tx`
    select h.id as subject, format('booked %s of %s in %s runs, its runs say %s of %s in %s', h.booked_amount, h.booked_quantity,
      h.run_count, r.amount, r.quantity, r.count) as problem
    from charges h cross join lateral (
      select coalesce(sum(booked_amount), 0) as amount, coalesce(max(number), 0) as count,
        coalesce((array_agg(quantity order by number desc))[1], 0) as quantity
      from realization_runs where charge_id = h.id and status = 'completed') r
    where (h.booked_amount, h.booked_quantity, h.run_count) is distinct from (r.amount, r.quantity, r.count)
    union all
    select id, format('booked %s at %s, the run before stood at %s', booked_amount, list_amount, listed_before)
    from (select id, booked_amount, list_amount,
        coalesce(lag(list_amount) over (partition by charge_id order by number), 0) as listed_before
      from realization_runs where status = 'completed') r
    where booked_amount <> list_amount - listed_before`,
};

export const lines: SqlInvariant = {
  id: 'I5.lines',
  title: 'a line carries the amount its run has booked, and a run is billed by one line',
  looked: (tx) => tx`select count(*) from invoice_lines where not voided`,
  broken: (tx) => tx`
    select l.id as subject, format('%s %s, its run booked %s', l.amount, l.currency, r.booked_amount) as problem
    from invoice_lines l join realization_runs r on r.id = l.run_id join charges h on h.id = l.charge_id
      join invoices i on i.id = l.invoice_id
    where not l.voided and (l.amount, l.charge_id, l.id, l.currency, i.currency, i.customer_id)
      is distinct from (r.booked_amount, r.charge_id, r.line_id, h.currency, h.currency, h.customer_id)
    union all
    select r.id, 'booked ' || r.booked_amount || ' without a line' from realization_runs r
    where r.status = 'completed' and r.disposition = 'line' and r.booked_amount <> 0
      and not exists (select 1 from invoice_lines l where l.run_id = r.id and not l.voided)
    union all
    select run_id, 'is billed by ' || count(*) || ' lines' from invoice_lines where not voided
    group by run_id, component having count(*) > 1`,
};

export const runsOfStatus: SqlInvariant = {
  id: 'I13.runs',
  title: 'the status of a charge says what its runs and its line say',
  looked: (tx) => tx`select count(*) from charges`,
  broken: (tx) => tx`
    select h.id as subject, format('%s with %s open and %s final runs', h.status, r.open, r.final) as problem
    from charges h cross join lateral (
      select count(*) filter (where status = 'open') as open,
        count(*) filter (where status = 'completed' and kind = 'final') as final
      from realization_runs where charge_id = h.id) r
    where (r.open, r.final) is distinct from case
      when h.status = 'final' then (0::bigint, 1::bigint)
      when h.status = 'issuing' or h.status like 'active.final_realization.%' then (1::bigint, 0::bigint)
      else (0::bigint, 0::bigint) end
    union all
    select h.id, h.status || ' without a line on a draft' from charges h
    where h.status in ('issuing', 'active.final_realization.issuing') and not exists (
      select 1 from realization_runs r join invoice_lines l on l.run_id = r.id join invoices i on i.id = l.invoice_id
      where r.charge_id = h.id and r.status = 'open' and i.status = 'draft')`,
};

export const chargeTimes: SqlInvariant = {
  id: 'I13.times',
  title:
    'a charge that is not final knows when it moves on, and a final one of usage until when it looks for late usage',
  looked: (tx) => tx`select count(*) from charges`,
  broken: (tx) => tx`
    select id as subject, status || ' with advance_at ' || coalesce(advance_at::text, 'null') as problem
    from charges where (advance_at is null) <> (status in ('final', 'deleted', 'superseded'))
    union all
    select id, format('final, late_check_at %s, sealed_at %s', late_check_at, sealed_at) from charges
    where kind = 'usage_based' and status = 'final' and (late_check_at is null) = (sealed_at is null)
    union all
    select id, 'its final run has no cutoff' from charges
    where cutoff_at is null and kind = 'usage_based' and (status = 'final' or status like 'active.final_realization.%')`,
};
