// Owns the tenant's own actor: its commands are decided in order under its row's lock, each answer committed together
// with what it did (protocols H13). A command that hits a bug is answered with internal_error and blocks nobody.
import { instantText } from '#actors/calendar/time.ts';
import { type Rejection, reject } from '#actors/rejection.ts';
import { answerCommand, type QueuedCommand, queuedTenantCommands } from '#db/commands.ts';
import { inTenant, type Sql, type Tx } from '#db/scope.ts';
import { lockTenant, type TenantLock } from '#db/tenants.ts';
import type { Clock } from './clock.ts';
import { type Crossing, straightAcross } from './crash-points.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Ring } from './queues/ring.ts';
import { applyTenantCommand } from './tenant-commands/apply.ts';
import type { TenantCommandDeps } from './tenant-commands/context.ts';
import { faultOf } from './turn/fault.ts';

const COMMANDS_PER_TURN_MAX = 50;
/** A fault that is not the network's may still pass by itself; a bug does not. */
const TRIES_MAX = 2;
const OUTBOX: Ring = { queue: 'notify', tenant: '*', key: 'outbox' };

export type TenantTurnDeps = TenantCommandDeps & {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly bell: { ring(rings: readonly Ring[]): Promise<void> };
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'commands' | 'turns'>;
  readonly cross?: Crossing;
  /** Called after a commit that answered commands: waiters in this process look at once. */
  readonly onAnswered?: () => void;
};

export type TenantTurns = {
  /** Decides all queued commands of the tenant's own actor; throws on a fault that a later ring may get past. */
  run(tenantId: string, signal?: AbortSignal): Promise<void>;
};

/** `waiting`: its answer comes later. */
type Decided = {
  readonly type: string;
  readonly outcome: 'done' | 'rejected' | 'waiting';
  readonly rings: readonly Ring[];
};

export function createTenantTurns(deps: TenantTurnDeps): TenantTurns {
  const { sql, bell, metrics, onAnswered, cross = straightAcross } = deps;
  return {
    async run(tenantId, signal) {
      for (;;) {
        const decided = await cross('tenant.commit', () =>
          inTenant(sql, tenantId, (tx) => turn(tx, tenantId, deps)),
        );
        metrics.turns.add(1, { outcome: 'committed' });
        for (const { type, outcome } of decided) {
          if (outcome !== 'waiting') metrics.commands.add(1, { type, outcome });
        }
        if (decided.length > 0) {
          onAnswered?.();
          const rings = [...decided.flatMap((one) => one.rings), OUTBOX];
          await cross('tenant.ring', () => bell.ring(rings));
        }
        if (decided.length < COMMANDS_PER_TURN_MAX || signal?.aborted) return;
      }
    },
  };
}

async function turn(tx: Tx, tenantId: string, deps: TenantTurnDeps): Promise<Decided[]> {
  const tenant = await lockTenant(tx, tenantId);
  if (tenant === undefined) return [];
  const { cross = straightAcross } = deps;
  const commands = await cross('tenant.load', () =>
    queuedTenantCommands(tx, tenantId, COMMANDS_PER_TURN_MAX),
  );
  const decided: Decided[] = [];
  for (const command of commands) decided.push(await decideOne(tx, { tenant, command }, deps));
  return decided;
}

/** Each try runs in a savepoint of its own, so that a bug undoes its command and nothing else. */
async function decideOne(
  tx: Tx,
  { tenant, command }: { readonly tenant: TenantLock; readonly command: QueuedCommand },
  deps: TenantTurnDeps,
): Promise<Decided> {
  const { id, type, trace, sentBy } = command;
  const now = deps.clock.wall();
  const nowText = instantText(now);
  const { cross = straightAcross } = deps;
  const attempt = async (savepoint: Tx): Promise<Decided> => {
    const place = { tx: savepoint, tenant, commandId: id, trace, sentBy, now, nowText };
    const { outcome, rings = [] } = await applyTenantCommand({ ...deps, ...place }, command);
    if (outcome === undefined) return { type, outcome: 'waiting', rings };
    const answer = { id, result: outcome, decidedAt: nowText };
    await cross('tenant.answer', () => answerCommand(savepoint, answer));
    return { type, outcome: outcome.ok ? 'done' : 'rejected', rings };
  };
  for (let tries = 1; ; tries += 1) {
    try {
      return await tx.savepoint<Decided>(attempt);
    } catch (error) {
      if (faultOf(error) === 'transient') throw error;
      if (tries < TRIES_MAX) continue;
      deps.log.error('a command hit a bug', { command: id, type, tenant: tenant.id, error });
      await answerCommand(tx, { id, result: internalError(id), decidedAt: nowText });
      return { type, outcome: 'rejected', rings: [] };
    }
  }
}

function internalError(commandId: string): Rejection {
  return reject('internal_error', `the command could not be decided; it is logged as ${commandId}`);
}
