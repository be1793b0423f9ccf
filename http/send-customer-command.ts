// Owns sending a command to the actor of the customer that a path or body names in some way, or 404.
import type { Tx } from '#db/scope.ts';
import { readTenant } from '#db/views/read-tenant.ts';
import type { CommandType } from '#runtime/commands/registry.ts';
import type { HttpDeps } from './deps.ts';
import type { Answer, Call } from './operation.ts';
import { refuse, refuseFields } from './problem.ts';
import { type Sending, sendCommand } from './send-command.ts';

type OwnedSending<T extends CommandType> = Omit<Sending<T>, 'customerId'> & {
  /** Finds the customer's id in the caller's tenant. */
  readonly owner: (tx: Tx) => Promise<string | undefined>;
  /** The body's field that names the owner; absent: the path does. */
  readonly ownerField?: `/${string}`;
};

/** 404 when there is no owner. */
export async function sendCustomerCommand<T extends CommandType>(
  { sql, commandBus }: Pick<HttpDeps, 'sql' | 'commandBus'>,
  call: Call,
  { owner, ownerField, ...sending }: OwnedSending<T>,
): Promise<Answer<unknown>> {
  const customerId = await readTenant(sql, call.tenant, owner);
  if (customerId === undefined) {
    const message = 'Nothing of this tenant goes by that name or id.';
    return ownerField === undefined
      ? refuse('not_found', message)
      : refuseFields('not_found', message, [{ pointer: ownerField, code: 'not_found', message }]);
  }
  return sendCommand(commandBus, call, { ...sending, customerId });
}
