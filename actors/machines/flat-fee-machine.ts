// Owns the states of a flat fee: created, active, issuing, final (ruling R18).
import { guard, state, transition } from 'robot3';
import type { Machine } from '#actors/machines/step.ts';
import type { FlatFeeStatus } from '#actors/state/charge.ts';

export type FlatFeeEvent = 'next' | 'invoice_issued' | 'nothing_to_issue' | 'delete';
export type FlatFeeContext = { due: boolean };

export const flatFeeMachine: Machine<FlatFeeStatus, FlatFeeEvent, FlatFeeContext> = {
  name: 'flat-fee charge',
  initial: 'created',
  states: {
    created: state(
      transition(
        'next',
        'active',
        guard<FlatFeeContext, unknown>((c) => c.due),
      ),
      transition('delete', 'deleted'),
    ),
    active: state(
      transition('next', 'issuing'),
      transition('nothing_to_issue', 'final'),
      transition('delete', 'deleted'),
    ),
    issuing: state(transition('invoice_issued', 'final')),
    final: state(),
    deleted: state(),
  },
};
