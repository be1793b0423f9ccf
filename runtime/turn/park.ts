// Owns setting a customer aside whose turn hits a bug: visible, counted, released by a command (law 9).
import type { Message } from '#actors/message.ts';
import { parkedReason } from '#actors/parked-reason.ts';
import type { TurnResult } from './after-commit.ts';
import { customerTurn, type TurnDeps } from './customer-turn.ts';

/** Parks the customer in a turn of its own. When even that fails, the error of the parking is thrown and retried. */
export function parkCustomer(
  deps: TurnDeps,
  { tenantId, customerId }: { tenantId: string; customerId: string },
  bug: unknown,
): Promise<TurnResult> {
  const message: Message = { type: 'customer.park', reason: parkedReason(bug) };
  const deliveries = new Map([[customerId, [message]]]);
  return customerTurn(deps, { tenantId, customerIds: [customerId], deliveries, only: 'none' });
}
