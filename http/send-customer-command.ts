// Owns sending a command to the actor of the customer that a path or body names in some way, or 404.
import type { Tx } from '#db/scope.ts';
import { readTenant } from '#db/views/read-tenant.ts';
import type { CommandType } from '#runtime/commands/registry.ts';
import type { HttpDeps } from './deps.ts';
import type { Answer, Call } from './operation.ts';
import { refuse } from './problem.ts';
import { type Sending, sendCommand } from './send-command.ts';

type OwnedSending<T extends CommandType> = Omit<Sending<T>, 'customerId'> & {
  /** Finds the customer's id in the caller's tenant. */
  readonly owner: (tx: Tx) => Promise<string | undefined>;
};

/** 404 when there is no owner. */
export async function sendCustomerCommand<T extends CommandType>(
  { sql, commandBus }: Pick<HttpDeps, 'sql' | 'commandBus'>,
  call: Call,
  { owner, ...sending }: OwnedSending<T>,
): Promise<Answer<unknown>> {
  const customerId = await readTenant(sql, call.tenant, owner);
  if (customerId === undefined) return refuse('not_found', 'Nothing of this tenant goes by that name or id.');
  return sendCommand(commandBus, call, { ...sending, customerId });
}
