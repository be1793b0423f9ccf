// Owns what must hold of commands: each is decided once, and what its answer names exists.
import type { SqlInvariant } from './invariant.ts';

export const commandAnswers: SqlInvariant = {
  id: 'I18.answers',
  title: 'what a command was answered to have made exists, and was made by no other',
  looked: (tx) => tx`select count(*) from commands`,
  broken: (tx) => tx`
    with made as (
      select m.id, m.type, m.result -> 'data' ->> 'id' as object from commands m
      where m.type like '%.create' and (m.result ->> 'ok')::boolean
    ), objects as (
      select id from customers union all select id from subscriptions union all select id from meters union all select id from plans
      union all select id from price_units union all select id from webhook_endpoints union all select id from test_clocks)
    select id as subject, type || ' answered ' || coalesce(object, 'nothing') || ', which does not exist' as problem
    from made where not exists (select 1 from objects o where o.id = made.object)
    union all
    select min(id), object || ' was made by ' || count(*) || ' commands' from made group by object having count(*) > 1`,
};

export const idempotency: SqlInvariant = {
  id: 'I18.keys',
  title: 'an idempotency key names one command, and a decided command has an answer',
  looked: (tx) => tx`select count(*) from commands where idempotency_key is not null`,
  broken: (tx) => tx`
    select min(id) as subject, idempotency_key || ' names ' || count(*) || ' commands' as problem from commands
    where idempotency_key is not null group by tenant_id, type, idempotency_key having count(*) > 1
    union all
    select id, status || ' with answer ' || coalesce(result::text, 'none') from commands
    where (status = 'done') <> (result is not null) or (status = 'done') <> (decided_at is not null)`,
};
