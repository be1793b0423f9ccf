// Owns the way in: a command becomes a row once, its actor is rung, and its sender may wait for the answer.
// Refuses to know who decides a command, and how.
import { createHash } from 'node:crypto';
import { instantText } from '#actors/calendar/time.ts';
import type { Outcome } from '#actors/rejection.ts';
import { type CommandState, findByIdempotencyKey, insertCommand, loadCommandStates } from '#db/commands.ts';
import { inTenant, type Sql } from '#db/scope.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Clock } from './clock.ts';
import { openOutcome, type StoredOutcome } from './command-outcome.ts';
import { createCommandWaiter, isHeldUp } from './command-waiter.ts';
import type { CommandInput, CommandType } from './commands/registry.ts';
import { type Crossing, straightAcross } from './crash-points.ts';
import type { Ids } from './ids.ts';
import type { Log } from './log.ts';
import type { Ring } from './queues/ring.ts';
import type { SecretBox } from './secret-box.ts';

export type CommandRequest<T extends CommandType = CommandType> = {
  readonly tenant: string;
  /** Absent: the tenant's own actor decides it (protocols H13). */
  readonly customerId?: string | undefined;
  readonly type: T;
  readonly payload: CommandInput<T>;
  readonly idempotencyKey?: string | undefined;
  /** W3C traceparent of the request. */
  readonly trace?: string | undefined;
  /** Whose command it is: the id of an API key, or what a program calls itself. */
  readonly sentBy?: string | undefined;
};

/** `mismatch`: the key was used with another payload. `notFound`: the tenant has no such customer. */
export type Submission =
  | { readonly commandId: string; readonly replayed: boolean }
  | { readonly mismatch: true }
  | { readonly notFound: true };

export type CommandView = {
  readonly id: string;
  readonly type: string;
  readonly customerId: string | undefined;
  readonly status: 'queued' | 'done';
  /** Present when done, or when the customer is parked and the command waits for its release. */
  readonly outcome: Outcome | undefined;
  readonly createdAt: string;
  readonly decidedAt: string | undefined;
};

export type CommandBus = {
  /** Stores the command and rings its actor. The same key with the same payload is the same command. */
  submit<T extends CommandType>(request: CommandRequest<T>): Promise<Submission>;
  /** The answer, or undefined if there is none after `ms` milliseconds. */
  wait(tenant: string, commandId: string, ms: number): Promise<Outcome | undefined>;
  /** The command as it stands; undefined if the tenant has no such command. */
  outcome(tenant: string, commandId: string): Promise<CommandView | undefined>;
  /** Something was decided in this process: waits look at once. */
  wake(): void;
  close(): void;
};

type BusDeps = {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly bell: { ring(rings: readonly Ring[]): Promise<void> };
  readonly secretBox: SecretBox;
  readonly log: Log;
  readonly cross?: Crossing;
};

export function createCommandBus(deps: BusDeps): CommandBus {
  const { sql } = deps;
  const waiter = createCommandWaiter(deps);

  return {
    submit: (request) => submit(request, deps),
    async wait(tenant, commandId, ms) {
      const state = await waiter.wait(tenant, commandId, ms);
      return state && outcomeOf(state, deps);
    },
    async outcome(tenant, commandId) {
      const states = await inTenant(sql, tenant, (tx) =>
        loadCommandStates(tx, [{ tenantId: tenant, id: commandId }]),
      );
      return states[0] && viewOf(states[0], deps);
    },
    wake: waiter.wake,
    close: waiter.close,
  };
}

async function submit(request: CommandRequest, deps: BusDeps): Promise<Submission> {
  const { tenant, customerId, type, payload, idempotencyKey, trace, sentBy } = request;
  const { sql, clock, ids, bell, cross = straightAcross } = deps;
  // The customer is part of what was asked: one key cannot ask the same of two.
  const payloadHash = createHash('sha256').update(canonicalJson({ customerId, payload })).digest();
  const id = ids('cmd');
  const createdAt = instantText(clock.wall());
  const row = {
    id,
    tenantId: tenant,
    customerId,
    type,
    payload,
    payloadHash,
    idempotencyKey,
    trace,
    sentBy,
    createdAt,
  };

  const stored = await cross('command.commit', () =>
    inTenant(sql, tenant, async (tx) => {
      if (await insertCommand(tx, row)) return { id, payloadHash, queued: true };
      return idempotencyKey === undefined
        ? undefined
        : await findByIdempotencyKey(tx, { tenantId: tenant, type, idempotencyKey });
    }),
  );
  if (stored === undefined) return { notFound: true };
  if (!payloadHash.equals(stored.payloadHash)) return { mismatch: true };
  const ring: Ring = { queue: 'advance', tenant, key: customerId ?? 'tenant' };
  if (stored.queued) await cross('command.ring', () => bell.ring([ring]));
  return { commandId: stored.id, replayed: stored.id !== id };
}

function outcomeOf(state: CommandState, { secretBox, clock }: BusDeps): Outcome | undefined {
  if (isHeldUp(state)) {
    return {
      ok: false,
      code: 'customer_parked',
      message: 'the customer is parked; the command waits for its release',
    };
  }
  if (state.decidedAt === null) return undefined;
  const place = { box: secretBox, commandId: state.id, decidedAt: state.decidedAt, now: clock.wall() };
  return openOutcome(state.result as StoredOutcome, place);
}

function viewOf(state: CommandState, deps: BusDeps): CommandView {
  return {
    id: state.id,
    type: state.type,
    customerId: state.customerId ?? undefined,
    status: state.status,
    outcome: outcomeOf(state, deps),
    createdAt: state.createdAt,
    decidedAt: state.decidedAt ?? undefined,
  };
}
