// Owns the life of a subscription as the field names it (ruling R18). Statuses without a way in today belong to later features
// and are not in the table.
import { state, transition } from 'robot3';
import type { Machine } from '#actors/machines/step.ts';
import type { SubscriptionStatus } from '#actors/state/subscription.ts';

export type LiveStatus = Extract<SubscriptionStatus, 'scheduled' | 'active' | 'past_due' | 'canceled'>;
export type SubscriptionEvent = 'start' | 'payment_declined' | 'payments_settled' | 'cancel';

export const subscriptionMachine: Machine<LiveStatus, SubscriptionEvent, undefined> = {
  name: 'subscription',
  initial: 'scheduled',
  states: {
    scheduled: state(transition('start', 'active'), transition('cancel', 'canceled')),
    active: state(transition('payment_declined', 'past_due'), transition('cancel', 'canceled')),
    past_due: state(transition('payments_settled', 'active'), transition('cancel', 'canceled')),
    canceled: state(),
  },
};
