// Owns the comparison of stored statuses with the machines they move in (I13).
import { flatFeeMachine } from '#actors/machines/flat-fee-machine.ts';
import { invoiceMachine } from '#actors/machines/invoice-machine.ts';
import { paymentAttemptMachine } from '#actors/machines/payment-attempt-machine.ts';
import type { Machine } from '#actors/machines/step.ts';
import { subscriptionMachine } from '#actors/machines/subscription-machine.ts';
import { usageChargeMachine } from '#actors/machines/usage-charge-machine.ts';
import type { ComputedInvariant } from './invariant.ts';

type AnyMachine = Pick<Machine<string, string, unknown>, 'name' | 'states'>;

const MACHINES: ReadonlyMap<string, AnyMachine> = new Map<string, AnyMachine>([
  ['subscription', subscriptionMachine],
  ['flat_fee', flatFeeMachine],
  ['usage_based', usageChargeMachine],
  ['invoice', invoiceMachine],
  ['attempt', paymentAttemptMachine],
]);

export const statuses: ComputedInvariant = {
  id: 'I13.statuses',
  title: 'every status is one of its machine',
  page: (tx, after, max) => tx`
    select kind || ' ' || status as key, kind, status, count(*) from (
      select 'subscription' as kind, status from subscriptions
      union all select kind, status from charges
      union all select 'invoice', status from invoices
      union all select 'attempt', status from payment_attempts) s
    where kind || ' ' || status > ${after} group by kind, status order by 1 limit ${max}`,
  problemOf: ({ kind, status, count }) => {
    const machine = MACHINES.get(String(kind));
    return machine !== undefined && Object.hasOwn(machine.states, String(status))
      ? undefined
      : `${count} are in a status that no machine has`;
  },
};

/** Events carry the status before and after, so each is a step of a path. */
export const paths: ComputedInvariant = {
  id: 'I13.paths',
  title: 'every step that was told is a transition of its machine',
  page: (tx, after, max) => tx`
    select id as key, object_type as kind, previous ->> 'status' as "from", data ->> 'status' as "to" from billing_events
    where object_type in ('subscription', 'invoice') and previous ? 'status' and id > ${after} order by id limit ${max}`,
  problemOf: ({ kind, from, to }) => {
    const state = MACHINES.get(String(kind))?.states[String(from)];
    const targets = [...(state?.transitions.values() ?? [])].flatMap((ways) => ways.map((way) => way.to));
    return targets.includes(String(to)) ? undefined : `${String(kind)} from ${String(from)} to ${String(to)}`;
  },
};
