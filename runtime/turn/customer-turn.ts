// Owns one turn: lock, load, decide, save, commit, for one customer or a batch of one tenant's (law 2, protocols H11).
// Refuses to know what to do when it fails: runtime/turn/turns.ts does.
import { instantText, type WallTime } from '#actors/calendar/time.ts';
import type { Message } from '#actors/message.ts';
import { saveTurn } from '#db/save/save-turn.ts';
import { forgetSavedTypes, type SavedTypes, savedTypes } from '#db/save/saved-types.ts';
import { type CustomerTurn, type TurnRows, turnRows } from '#db/save/turn-rows.ts';
import type { Sql } from '#db/scope.ts';
import type { Clock } from '#runtime/clock.ts';
import { type Crossing, straightAcross } from '#runtime/crash-points.ts';
import type { Ids } from '#runtime/ids.ts';
import { afterCommit, commandOutcome, type TurnResult } from './after-commit.ts';
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
  const { sql: pool, clock, cross = straightAcross } = deps;
  const { tenantId } = order;
  const wall = clock.wall();
  try {
    return await turnTransaction({ pool, cross }, tenantId, async ({ sql, commit }) => {
      const types = await savedTypes(pool, sql);
      const { result, rows, prefix } = await decideTurn(sql, { ...deps, ...order, types, wall, cross });
      const save = (last: Sql): Promise<void> =>
        saveTurn({ sql: last, tenantId, wall: instantText(wall), prefix }, rows);
      await commit(rows.size === 0 ? undefined : save);
      return result;
    });
  } catch (error) {
    // A migration may have made them anew.
    forgetSavedTypes(pool);
    throw error;
  }
}

type Deciding = TurnOrder &
  Omit<TurnDeps, 'sql' | 'clock'> & { types: SavedTypes; wall: WallTime; cross: Crossing };

/** `prefix`: what document numbers begin with. */
type DecidedTurn = { result: TurnResult; rows: TurnRows; prefix: string };

/** Apart from the save, so that nothing but this is held while it takes place. */
async function decideTurn(sql: Sql, deciding: Deciding): Promise<DecidedTurn> {
  const after = afterCommit(deciding.tenantId);
  const rows = turnRows(deciding.ids, deciding.types);
  let prefix = '';
  for await (const one of decideCustomers(sql, { deliveries: new Map(), ...deciding })) {
    after.add(one);
    prefix = one.loaded.state.tenant.numberPrefix;
    if (one.decision.changed || one.commandIds.length > 0) rows.add(asTurn(one));
  }
  return { result: after.result(), rows: rows.finish(), prefix };
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
    now: one.now,
    trace,
  };
}
