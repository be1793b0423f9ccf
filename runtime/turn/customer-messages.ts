// Owns reading queued commands as the messages a customer's actor understands.

import type { Message } from '#actors/message.ts';
import type { Customer } from '#actors/state/customer.ts';
import type { QueuedCommand } from '#db/customer-load.ts';
import { CUSTOMER_COMMANDS } from '#runtime/commands/registry.ts';

export type CommandMessage = { commandId: string; message: Message };

/**
 * The commands that this turn answers, in order. A parked customer answers only its release; the others stay queued
 * (protocols H13). Payloads were checked when they were submitted; one that no longer fits is a bug and throws.
 */
export function customerMessages(customer: Customer, commands: readonly QueuedCommand[]): CommandMessage[] {
  const answered =
    customer.parkedAt === null ? commands : commands.filter(({ type }) => type === 'customer.release');
  return answered.map(({ id, type, payload }) => ({ commandId: id, message: toMessage(type, payload) }));
}

function toMessage(type: string, payload: unknown): Message {
  const schema = CUSTOMER_COMMANDS[type as keyof typeof CUSTOMER_COMMANDS];
  if (schema === undefined) throw new Error(`no customer command is called ${type}`);
  return { type, ...schema.parse(payload) } as Message;
}
