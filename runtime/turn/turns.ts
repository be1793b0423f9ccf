// Owns when turns run and what becomes of one that fails: a batch goes one by one, a fault is thrown and retried, bad data
// finds its charge, and a bug parks the customer while all others go on (law 9).
import type { Message } from '#actors/message.ts';
import type { Outcome } from '#actors/rejection.ts';
import { straightAcross } from '#runtime/crash-points.ts';
import { Fenced, TransientError } from '#runtime/errors.ts';
import type { Log } from '#runtime/log.ts';
import type { Metrics } from '#runtime/metrics.ts';
import type { Bell } from '#runtime/queues/bell.ts';
import { withTrace } from '#runtime/trace.ts';
import { faultOf } from '#runtime/turn/fault.ts';
import type { TurnResult } from './after-commit.ts';
import { customerTurn, type TurnDeps } from './customer-turn.ts';
import { findOffender } from './find-offender.ts';
import { parkCustomer } from './park.ts';
import { sharedTurns } from './shared-turns.ts';

export type Turns = {
  /** Drains commands and advances what is due, for customers of one tenant. Throws only what a later try may get past. */
  run(tenant: string, customerIds: readonly string[]): Promise<void>;
  /** Brings a message of one of our own jobs to its customer. Throws Fenced when its epoch is stale. */
  deliver(tenant: string, customerId: string, message: Message): Promise<Outcome>;
};

export type TurnsDeps = TurnDeps & {
  bell: Bell;
  log: Log;
  metrics: Metrics;
  /** Called after every commit that answered commands: waiters in this process look at once. */
  onAnswered?: () => void;
};

/** Answers that are our own fault: payloads were checked before their command was queued. */
const COMMAND_FAULTS: Readonly<Record<string, string>> = {
  internal_error: 'a command hit a bug',
  unknown_command: 'a command of another release was refused',
  invalid_payload: 'a command of another release was refused',
};

/** `bug`: the customer was parked for it instead of having its turn. */
type AloneResult = TurnResult & { bug?: unknown };

/** The customer turns of a process. */
export function createTurns(deps: TurnsDeps): Turns {
  const { clock, metrics } = deps;

  const turn = async (tenant: string, ids: readonly string[], message?: Message): Promise<TurnResult> => {
    const started = clock.monotonicMs();
    const deliveries = new Map(message === undefined ? [] : ids.map((id) => [id, [message]] as const));
    const result = await customerTurn(deps, { tenantId: tenant, customerIds: ids, deliveries });
    metrics.turnDuration.record((clock.monotonicMs() - started) / 1000);
    metrics.turns.add(ids.length, { outcome: 'committed' });
    committed(deps, result);
    return result;
  };

  const alone = async (tenant: string, id: string, message?: Message): Promise<AloneResult> => {
    try {
      return await turn(tenant, [id], message);
    } catch (error) {
      return afterFailure(deps, { tenantId: tenant, customerId: id, message }, error);
    }
  };

  const shared = sharedTurns({ together: turn, alone });

  return {
    run: (tenant, customerIds) =>
      withTrace({ name: 'turn', attributes: { 'accrue.tenant': tenant } }, async () => {
        const turns = await Promise.allSettled(customerIds.map((id) => shared.run(tenant, id)));
        const failed = turns.find((one) => one.status === 'rejected');
        if (failed !== undefined) throw failed.reason;
      }),
    deliver: (tenant, customerId, message) =>
      withTrace({ name: 'turn', attributes: { 'accrue.tenant': tenant } }, async () => {
        const result = await alone(tenant, customerId, message);
        if (result.bug !== undefined)
          throw new TransientError('the customer was parked', { cause: result.bug });
        const [outcome] = result.outcomes;
        if (outcome === undefined) throw new Error(`customer ${customerId} was not there to answer`);
        if (!outcome.ok && outcome.code === 'fenced') throw new Fenced(outcome.message);
        if (!outcome.ok && outcome.code === 'internal_error') throw new Error(outcome.message);
        return outcome;
      }),
  };
}

async function afterFailure(
  deps: TurnsDeps,
  who: { tenantId: string; customerId: string; message: Message | undefined },
  error: unknown,
): Promise<AloneResult> {
  const named = { tenant: who.tenantId, customer: who.customerId };
  const fault = faultOf(error);
  if (fault === 'transient') throw new TransientError('the turn could not run now', { cause: error });
  deps.metrics.turns.add(1, { outcome: 'failed' });
  deps.log.error('a turn failed', { ...named, error });
  try {
    if (fault === 'bug') throw error;
    const result = await findOffender(deps, who);
    committed(deps, result);
    return result;
  } catch (bug) {
    if (faultOf(bug) === 'transient') throw new TransientError('the turn could not run now', { cause: bug });
    const result = await parkCustomer(deps, who, bug);
    deps.metrics.turns.add(1, { outcome: 'parked' });
    deps.log.error('customer parked', { ...named, error: bug });
    committed(deps, result);
    return { ...result, bug };
  }
}

function committed(deps: TurnsDeps, result: TurnResult): void {
  const { rings, commands, parkedCharges, invoicesFinalized } = result;
  for (const parked of parkedCharges) deps.log.error('charge parked', parked);
  for (const { id, type, outcome } of commands) {
    deps.metrics.commands.add(1, { type, outcome: outcome.ok ? 'done' : 'rejected' });
    const fault = outcome.ok ? undefined : COMMAND_FAULTS[outcome.code];
    if (!outcome.ok && fault !== undefined)
      deps.log.error(fault, { command: id, type, code: outcome.code, reason: outcome.message });
  }
  if (invoicesFinalized > 0) deps.metrics.invoicesFinalized.add(invoicesFinalized);
  if (commands.length > 0) deps.onAnswered?.();
  const { bell, cross = straightAcross } = deps;
  if (rings.length > 0) void cross('turn.ring', () => bell.ring(rings));
}
