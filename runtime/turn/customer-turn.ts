// Owns one turn: lock, load, decide, save, commit, for one customer or a batch of one tenant's (law 2, protocols H11).
// Refuses to know what to do when it fails: runtime/turn/turns.ts does.
import { instantText } from '#actors/calendar/time.ts';
import type { Message } from '#actors/message.ts';
import type { Outcome } from '#actors/rejection.ts';
import { saveTurn } from '#db/save/save-turn.ts';
import { type CustomerTurn, turnRows } from '#db/save/turn-rows.ts';
import type { Sql } from '#db/scope.ts';
import type { Clock } from '#runtime/clock.ts';
import { type Crossing, straightAcross } from '#runtime/crash-points.ts';
import type { Ids } from '#runtime/ids.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import { ringsAfter } from './after-commit.ts';
import { customerOf, type Decided, decideCustomers } from './decide-customers.ts';
import type { PriceCache } from './price-cache.ts';
import { turnTransaction } from './transaction.ts';

export type TurnDeps = {
  sql: Sql;
  clock: Clock;
  ids: Ids;
  prices: PriceCache;
  /** Names of the payment gateways there are. */
  gateways: readonly string[];
  cross?: Crossing;
};

export type TurnResult = {
  decided: readonly Decided[];
  rings: readonly Ring[];
};

export type TurnOrder = {
  tenantId: string;
  customerIds: readonly string[];
  /** Messages of our own jobs, by customer. */
  deliveries?: ReadonlyMap<string, readonly Message[]>;
  /** Only this charge, and no queued commands. */
  only?: string;
};

/** Runs one turn for customers of one tenant in one transaction: all of them, or none. */
export async function customerTurn(deps: TurnDeps, order: TurnOrder): Promise<TurnResult> {
  const { tenantId } = order;
  const { sql: pool, clock, ids, prices, gateways, cross = straightAcross } = deps;
  const wall = clock.wall();
  return turnTransaction({ pool, cross }, tenantId, async ({ sql, commit }) => {
    const decided = await decideCustomers(sql, {
      deliveries: new Map(),
      ...order,
      wall,
      ids,
      prices,
      gateways,
      cross,
    });
    const changed = decided.filter((one) => one.decision.changed || one.commandIds.length > 0);
    if (changed.length === 0) {
      await commit();
      return { decided, rings: ringsAfter(tenantId, decided) };
    }
    const rows = turnRows(changed.map(asTurn), ids);
    const prefix = changed[0]?.loaded.state.tenant.numberPrefix ?? '';
    await commit((last) => saveTurn({ sql: last, tenantId, wall: instantText(wall), prefix }, rows));
    return { decided, rings: ringsAfter(tenantId, decided) };
  });
}

/** What a decided customer's turn saves. */
export function asTurn(one: Decided): CustomerTurn {
  const { changes, events, journals, accountedStale } = one.decision;
  const trace = one.loaded.commands.find((command) => one.commandIds.includes(command.id))?.trace ?? null;
  return {
    tenant: one.loaded.state.tenant,
    customer: customerOf(one.loaded.state),
    block: one.block,
    changes,
    events,
    journals,
    accountedStale,
    answers: one.commandIds.map((commandId, index) => ({ commandId, outcome: commandOutcome(one, index) })),
    now: instantText(one.now),
    trace,
  };
}

/** Deliveries are answered before commands, so a command's outcome is counted from the end. */
function commandOutcome(one: Decided, index: number): Outcome {
  const { outcomes } = one.decision;
  const outcome = outcomes[outcomes.length - one.commandIds.length + index];
  if (outcome === undefined) throw new Error('a command was not answered');
  return outcome;
}
