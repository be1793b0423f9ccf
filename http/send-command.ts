// Owns the way from a request to a command's answer: submit, wait as long as the caller likes, answer or say where to look.
// Refuses to know what any command means.
import type { CommandBus, CommandRequest } from '#runtime/command-bus.ts';
import type { CommandType } from '#runtime/commands/registry.ts';
import { BASE_PATH } from './base-path.ts';
import type { Answer, Call } from './operation.ts';
import { refuse, rejected } from './problem.ts';

export type Sending<T extends CommandType> = Pick<CommandRequest<T>, 'type' | 'payload' | 'customerId'> & {
  /** Of the answer when the command succeeded. */
  readonly status: 200 | 201 | 204;
  /** Where the thing lives, below the base path: `/meters` makes Location `…/meters/{data.id}`. */
  readonly location?: `/${string}`;
};

/** Sends a command for the caller's tenant. 202 with the command's URL when there is no answer in time. */
export async function sendCommand<T extends CommandType>(
  bus: CommandBus,
  call: Call,
  { type, payload, customerId, status, location }: Sending<T>,
): Promise<Answer<unknown>> {
  const { tenant, trace, idempotencyKey, keyId: sentBy } = call;
  const submitted = await bus.submit({ tenant, type, payload, customerId, idempotencyKey, trace, sentBy });
  if ('mismatch' in submitted) {
    return refuse('idempotency_mismatch', 'This Idempotency-Key came with another request before.');
  }
  if ('notFound' in submitted) return refuse('not_found', 'There is no such customer.');

  const { commandId, replayed } = submitted;
  const outcome = call.respondAsync ? undefined : await bus.wait(tenant, commandId, call.waitMs);
  const headers = { 'command-id': commandId, 'idempotency-replayed': String(replayed) };
  if (outcome === undefined) return accepted(call, commandId, headers);
  if (!outcome.ok) return { ...rejected(outcome), headers };
  if (status === 204) return { ok: true, status, body: undefined, headers };
  const place = location === undefined ? undefined : `${BASE_PATH}${location}/${idOf(outcome.data)}`;
  return { ok: true, status, body: outcome.data, headers: place ? { ...headers, location: place } : headers };
}

function accepted(call: Call, commandId: string, headers: Record<string, string>): Answer<unknown> {
  const applied = call.respondAsync ? { 'preference-applied': 'respond-async' } : {};
  return {
    ok: true,
    status: 202,
    body: { commandId, status: 'queued' },
    headers: { ...headers, ...applied, location: `${BASE_PATH}/commands/${commandId}` },
  };
}

function idOf(created: unknown): string {
  if (typeof created === 'object' && created !== null && 'id' in created) return String(created.id);
  throw new Error('a created thing has no id');
}
