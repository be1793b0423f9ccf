// Owns the tenant's own actor: its commands are decided in order under its row's lock, each answer committed together
// with what it did (protocols H13). A command that hits a bug is answered with internal_error and blocks nobody.
import { instantText } from '#actors/calendar/time.ts';
import { type Outcome, type Rejection, reject } from '#actors/rejection.ts';
import { answerCommand, type QueuedCommand, queuedTenantCommands } from '#db/commands.ts';
import { inTenant, type Sql, type Tx } from '#db/scope.ts';
import { lockTenant, type TenantLock } from '#db/tenants.ts';
import type { Clock } from './clock.ts';

import type { Log } from './log.ts';
import { isPassing } from './passing-fault.ts';
import type { Ring } from './queues/ring.ts';
import { applyTenantCommand } from './tenant-commands/apply.ts';
import type { Applied, TenantCommandDeps } from './tenant-commands/context.ts';

const COMMANDS_PER_TURN_MAX = 50;
/** A fault that is not the network's may still pass by itself; a bug does not. */
const TRIES_MAX = 2;

export type TenantTurnDeps = TenantCommandDeps & {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly bell: { ring(rings: readonly Ring[]): Promise<void> };
  readonly log: Log;
  /** Counts commands that were answered with internal_error. */
  readonly countBug?: (commandType: string) => void;
};

export type TenantTurns = {
  /** Decides all queued commands of the tenant's own actor; throws on a fault that a later ring may get past. */
  run(tenantId: string, signal?: AbortSignal): Promise<void>;
};

export function createTenantTurns(deps: TenantTurnDeps): TenantTurns {
  return {
    async run(tenantId, signal) {
      for (;;) {
        const { decided, rings } = await inTenant(deps.sql, tenantId, (tx) => turn(tx, tenantId, deps));
        await deps.bell.ring(rings);
        if (decided < COMMANDS_PER_TURN_MAX || signal?.aborted) return;
      }
    },
  };
}

async function turn(
  tx: Tx,
  tenantId: string,
  deps: TenantTurnDeps,
): Promise<{ readonly decided: number; readonly rings: readonly Ring[] }> {
  const tenant = await lockTenant(tx, tenantId);
  if (tenant === undefined) return { decided: 0, rings: [] };
  const commands = await queuedTenantCommands(tx, tenantId, COMMANDS_PER_TURN_MAX);
  const rings: Ring[] = [];
  for (const command of commands) rings.push(...(await decideOne(tx, { tenant, command }, deps)));
  if (commands.length > 0) rings.push({ queue: 'notify', tenant: '*', key: 'outbox' });
  return { decided: commands.length, rings };
}

/** Each try runs in a savepoint of its own, so that a bug undoes its command and nothing else. */
async function decideOne(
  tx: Tx,
  { tenant, command }: { readonly tenant: TenantLock; readonly command: QueuedCommand },
  deps: TenantTurnDeps,
): Promise<readonly Ring[]> {
  const now = deps.clock.wall();
  const place = { tenant, commandId: command.id, trace: command.trace, now, nowText: instantText(now) };
  const answer = (result: Outcome): Promise<void> =>
    answerCommand(tx, { id: command.id, result, decidedAt: place.nowText });
  for (let tries = 1; ; tries += 1) {
    try {
      const applied = await tx.savepoint<Applied>((savepoint) =>
        applyTenantCommand({ ...deps, ...place, tx: savepoint }, command),
      );
      if (applied.outcome !== undefined) await answer(applied.outcome);
      return applied.rings ?? [];
    } catch (error) {
      if (isPassing(error)) throw error;
      if (tries < TRIES_MAX) continue;
      deps.log.error('a tenant command hit a bug', {
        command: command.id,
        type: command.type,
        tenant: tenant.id,
        error,
      });
      deps.countBug?.(command.type);
      await answer(internalError(command.id));
      return [];
    }
  }
}

function internalError(commandId: string): Rejection {
  return reject('internal_error', `the command could not be decided; it is logged as ${commandId}`);
}
