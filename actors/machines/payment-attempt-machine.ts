// Owns the life of one payment attempt. Unknown is not failed (law 8): it is asked again under the same key.
import { state, transition } from 'robot3';
import type { Machine } from '#actors/machines/step.ts';
import type { PaymentAttempt } from '#actors/state/payment.ts';

export type AttemptEvent = 'succeeded' | 'declined' | 'unknown';

const outcomes = [
  transition('succeeded', 'succeeded'),
  transition('declined', 'failed'),
  transition('unknown', 'unknown'),
];

export const paymentAttemptMachine: Machine<PaymentAttempt['status'], AttemptEvent, undefined> = {
  name: 'payment attempt',
  initial: 'intended',
  states: {
    intended: state(...outcomes),
    unknown: state(...outcomes),
    succeeded: state(),
    failed: state(),
  },
};
