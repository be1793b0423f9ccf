// Owns setting a customer aside whose turn hits a bug: visible, counted, released by a command (law 9).
import type { Message } from '#actors/message.ts';
import type { TurnResult } from './after-commit.ts';
import { customerTurn, type TurnDeps } from './customer-turn.ts';
import { reasonOf } from './find-offender.ts';

const REASON_MAX = 500;

/** Parks the customer in a turn of its own. When even that fails, the error of the parking is thrown and retried. */
export function parkCustomer(
  deps: TurnDeps,
  { tenantId, customerId }: { tenantId: string; customerId: string },
  bug: unknown,
): Promise<TurnResult> {
  const reason = reasonOf(bug).replaceAll('\0', '').slice(0, REASON_MAX).toWellFormed();
  const message: Message = { type: 'customer.park', reason };
  const deliveries = new Map([[customerId, [message]]]);
  return customerTurn(deps, { tenantId, customerIds: [customerId], deliveries, only: 'none' });
}
