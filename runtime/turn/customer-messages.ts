// Owns reading queued commands as the messages a customer's actor understands.
import type { Message } from '#actors/message.ts';
import { reject } from '#actors/rejection.ts';
import type { Customer } from '#actors/state/customer.ts';
import type { QueuedCommand } from '#db/customer-load.ts';
import { invalidPayload } from '#runtime/commands/invalid-payload.ts';
import { CUSTOMER_COMMANDS } from '#runtime/commands/registry.ts';

export type CommandMessage = { commandId: string; message: Message };

/**
 * The commands that this turn answers, in order. A parked customer answers only its release; the others stay queued
 * (protocols H13). Payloads were checked when they were submitted, but during a deploy perhaps by another release: what
 * this one cannot read is refused and stops nothing else, as at the tenant's own actor.
 */
export function customerMessages(customer: Customer, commands: readonly QueuedCommand[]): CommandMessage[] {
  const answered =
    customer.parkedAt === null ? commands : commands.filter(({ type }) => type === 'customer.release');
  return answered.map(({ id, type, payload }) => ({ commandId: id, message: toMessage(type, payload) }));
}

function toMessage(type: string, payload: unknown): Message {
  if (!isCustomerCommand(type)) {
    const outcome = reject('unknown_command', `no actor of a customer knows ${type}`);
    return { type: 'command.refuse', outcome };
  }
  const read = CUSTOMER_COMMANDS[type].safeParse(payload);
  return read.success
    ? ({ type, ...read.data } as Message)
    : { type: 'command.refuse', outcome: invalidPayload(read.error) };
}

function isCustomerCommand(type: string): type is keyof typeof CUSTOMER_COMMANDS {
  return Object.hasOwn(CUSTOMER_COMMANDS, type);
}
