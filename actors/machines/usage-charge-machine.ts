// Owns the states of a usage-based charge that settles credit_then_invoice: the seven of the field plus issuing (ruling R18).
import { guard, state, transition } from 'robot3';
import type { Machine } from '#actors/machines/step.ts';
import type { UsageChargeStatus } from '#actors/state/charge.ts';

export type UsageChargeEvent = 'next' | 'invoice_issued' | 'nothing_to_issue' | 'delete';
export type UsageChargeContext = {
  started: boolean;
  ended: boolean;
  /** The cutoff has passed and the quantity as of the cutoff is at hand. */
  collected: boolean;
};

const when = (test: (context: UsageChargeContext) => boolean) => guard<UsageChargeContext, unknown>(test);
const remove = transition('delete', 'deleted');

export const usageChargeMachine: Machine<UsageChargeStatus, UsageChargeEvent, UsageChargeContext> = {
  name: 'usage-based charge',
  initial: 'created',
  states: {
    created: state(
      transition(
        'next',
        'active',
        when((c) => c.started),
      ),
      remove,
    ),
    active: state(
      transition(
        'next',
        'active.final_realization.started',
        when((c) => c.ended),
      ),
      remove,
    ),
    'active.final_realization.started': state(
      transition('next', 'active.final_realization.waiting_for_collection'),
      remove,
    ),
    'active.final_realization.waiting_for_collection': state(
      transition(
        'next',
        'active.final_realization.processing',
        when((c) => c.collected),
      ),
      remove,
    ),
    'active.final_realization.processing': state(
      transition('next', 'active.final_realization.issuing'),
      transition('nothing_to_issue', 'active.final_realization.completed'),
    ),
    'active.final_realization.issuing': state(
      transition('invoice_issued', 'active.final_realization.completed'),
    ),
    'active.final_realization.completed': state(transition('next', 'final')),
    final: state(),
    deleted: state(),
  },
};
