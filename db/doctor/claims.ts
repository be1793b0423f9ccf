// Owns what must hold of work outside turns: every try was claimed under an epoch of its own, and tries have an end.
import type { SqlInvariant } from './invariant.ts';

/** As docs/webhooks.md promises, and the same for mails. */
const TRIES_MAX = 10;

export const epochs: SqlInvariant = {
  id: 'I14.epochs',
  title: 'nothing was tried or recorded more often than it was claimed',
  looked: (tx) => tx`
    select (select count(*) from payment_attempts) + (select count(*) from webhook_deliveries) + (select count(*) from emails)`,
  broken: (tx) => tx`
    select id as subject, format('called %s times under %s claims', call_count, epoch) as problem from payment_attempts
    where call_count <> epoch or (call_count = 0) <> (first_called_at is null) or (status <> 'intended' and epoch = 0)
    union all
    select id, format('tried %s times under %s claims', attempt_count, epoch) from webhook_deliveries where attempt_count > epoch
    union all
    select id, format('tried %s times under %s claims', attempt_count, epoch) from emails where attempt_count > epoch`,
};

export const tries: SqlInvariant = {
  id: 'I19.tries',
  title: 'no delivery and no mail is tried without end',
  looked: (tx) => tx`select (select count(*) from webhook_deliveries) + (select count(*) from emails)`,
  broken: (tx) => tx`
    select id as subject, attempt_count || ' tries' as problem from webhook_deliveries
    where attempt_count > ${TRIES_MAX} or (attempt_count = ${TRIES_MAX} and status = 'pending')
    union all
    select id, attempt_count || ' tries' from emails
    where attempt_count > ${TRIES_MAX} or (attempt_count = ${TRIES_MAX} and status = 'pending')`,
};
