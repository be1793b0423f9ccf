// Owns the one entry into a customer's actor: (state, messages, times, facts) → decision. No I/O, clock, randomness or await.
import { isSameInstant } from '#actors/calendar/instants.ts';
import type { CustomerState } from '#actors/customer-state.ts';
import { advance } from '#actors/decisions/advance.ts';
import { attachPaymentMethod } from '#actors/decisions/attach-payment-method.ts';
import { cancelSubscription } from '#actors/decisions/cancel-subscription.ts';
import { moveSubscription } from '#actors/decisions/move-subscription.ts';
import { nextDue } from '#actors/decisions/next-due.ts';
import { parkCustomer, parkOneCharge } from '#actors/decisions/park.ts';
import { payInvoice } from '#actors/decisions/pay-invoice.ts';
import { recordPayment } from '#actors/decisions/record-payment.ts';
import { releaseCustomer } from '#actors/decisions/release-customer.ts';
import { startSubscription } from '#actors/decisions/start-subscription.ts';
import type { Message } from '#actors/message.ts';
import { type Outcome, reject } from '#actors/rejection.ts';
import type { Facts } from '#actors/state/facts.ts';
import { openWorkspace, type Times, type Workspace, type WorkspaceResult } from '#actors/workspace.ts';

/** What a turn saves, or, when `needs` is not empty, what it must load before it decides again (protocols H12). */
export type Decision = WorkspaceResult & { outcomes: readonly Outcome[] };

export type DecideOptions = {
  times: Times;
  facts: Facts;
  /** Advances only the charge with this id: for the rerun that finds an offender. */
  only?: string | undefined;
};

/**
 * Answers the messages in order, then advances whatever is due until stable.
 * A rejected message leaves no trace. A customer that stays parked does nothing else.
 */
export function decide(
  state: CustomerState,
  messages: readonly Message[],
  { times, facts, only }: DecideOptions,
): Decision {
  const work = openWorkspace(state, times, facts);
  const outcomes: Outcome[] = [];
  for (const message of messages) {
    const outcome = answerSafely(work, message);
    if (outcome === undefined) return { ...work.finish(), outcomes };
    outcomes.push(outcome);
  }
  if (work.customer().parkedAt === null) advance(work, only);
  planNext(work);
  return { ...work.finish(), outcomes };
}

/** A bug in one command answers that command; the customer and its other commands go on. */
function answerSafely(work: Workspace, message: Message): Outcome | undefined {
  const undo = work.savepoint();
  try {
    return answer(work, message);
  } catch (bug) {
    undo();
    return reject('internal_error', bug instanceof Error ? bug.message : String(bug));
  }
}

function answer(work: Workspace, message: Message): Outcome | undefined {
  switch (message.type) {
    case 'payment_method.attach':
      return attachPaymentMethod(work, message);
    case 'subscription.create':
      return startSubscription(work, message);
    case 'subscription.cancel':
      return cancelSubscription(work, message);
    case 'subscription.move':
      return moveSubscription(work, message);
    case 'invoice.pay':
      return payInvoice(work, message);
    case 'customer.release':
      return releaseCustomer(work);
    case 'payment.record':
      return recordPayment(work, message);
    case 'customer.park':
      return parkCustomer(work, message);
    case 'charge.park':
      return parkOneCharge(work, message);
    case 'command.refuse':
      return message.outcome;
    default:
      return message satisfies never;
  }
}

function planNext(work: Workspace): void {
  const customer = work.customer();
  const dueAt = nextDue(work);
  const before = customer.dueAt;
  const same = dueAt === null || before === null ? dueAt === before : isSameInstant(dueAt, before);
  if (!same) work.put('customer', { ...customer, dueAt });
}
