// Owns the life of an invoice: draft, open, paid, void, uncollectible. Uncollectible may still be paid (ruling R9).
import { guard, state, transition } from 'robot3';
import type { Machine } from '#actors/machines/step.ts';
import type { InvoiceStatus } from '#actors/state/invoice.ts';

export type InvoiceEvent = 'finalize' | 'pay' | 'void' | 'write_off';
export type InvoiceContext = { hasLines: boolean; isSettled: boolean };

const settled = guard<InvoiceContext, unknown>((c) => c.isSettled);

export const invoiceMachine: Machine<InvoiceStatus, InvoiceEvent, InvoiceContext> = {
  name: 'invoice',
  initial: 'draft',
  states: {
    draft: state(
      transition(
        'finalize',
        'open',
        guard<InvoiceContext, unknown>((c) => c.hasLines),
      ),
    ),
    open: state(
      transition('pay', 'paid', settled),
      transition('void', 'void'),
      transition('write_off', 'uncollectible'),
    ),
    uncollectible: state(transition('pay', 'paid', settled)),
    paid: state(),
    void: state(),
  },
};
