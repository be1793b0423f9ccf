// Owns the rerun after the database refused a turn: every command and every due charge is decided and saved behind its own
// savepoint; the one that is refused again is answered or parked, its siblings go on (protocols H11).
import { instantText } from '#actors/calendar/time.ts';
import type { Message } from '#actors/message.ts';
import { parkedReason } from '#actors/parked-reason.ts';
import { type Outcome, reject } from '#actors/rejection.ts';
import { loadCustomers } from '#db/customer-load.ts';
import { saveTurn } from '#db/save/save-turn.ts';
import { savedTypes } from '#db/save/saved-types.ts';
import { turnRows } from '#db/save/turn-rows.ts';
import type { Sql } from '#db/scope.ts';
import { straightAcross } from '#runtime/crash-points.ts';
import { afterCommit, type TurnResult } from './after-commit.ts';
import { customerMessages } from './customer-messages.ts';
import { asTurn, type TurnDeps } from './customer-turn.ts';
import { customerOf, type Decided, decideCustomers } from './decide-customers.ts';
import { faultOf } from './fault.ts';
import { turnTransaction } from './transaction.ts';

/** Decides nothing but messages: no charge has this id. */
const NO_CHARGE = 'none';

/** Runs the customer's turn piece by piece. Throws when what is left without commands and charges is refused too. */
export async function findOffender(
  deps: TurnDeps,
  { tenantId, customerId, message }: { tenantId: string; customerId: string; message: Message | undefined },
): Promise<TurnResult> {
  const { sql: pool, cross = straightAcross } = deps;
  return turnTransaction({ pool, cross }, tenantId, async ({ sql, commit }) => {
    const steps: Decided[] = [];
    const run = (
      messages: readonly Message[],
      only: string,
      answers: readonly string[] = [],
    ): Promise<Decided> => stepOf({ ...deps, sql }, { tenantId, customerId, messages, only, answers });
    const [loaded] = await loadCustomers(sql, {
      tenantId,
      customerIds: [customerId],
      wall: instantText(deps.clock.wall()),
    });
    if (loaded === undefined) throw new Error(`no customer ${customerId}`);
    if (message !== undefined) steps.push(await run([message], NO_CHARGE));
    for (const command of customerMessages(customerOf(loaded.state), loaded.commands)) {
      steps.push(
        await guarded(
          sql,
          () => run([command.message], NO_CHARGE, [command.commandId]),
          (error) =>
            run([{ type: 'command.refuse', outcome: refusal(error) }], NO_CHARGE, [command.commandId]),
        ),
      );
    }
    for (const charge of loaded.state.rows.charges) {
      if (charge.parkedAt !== null || charge.advanceAt === null) continue;
      steps.push(
        await guarded(
          sql,
          () => run([], charge.id),
          (error) =>
            run([{ type: 'charge.park', chargeId: charge.id, reason: parkedReason(error) }], NO_CHARGE),
        ),
      );
    }
    steps.push(await run([], NO_CHARGE));
    await commit();
    const after = afterCommit(tenantId);
    for (const step of steps) after.add(step);
    return after.result();
  });
}

type Step = {
  tenantId: string;
  customerId: string;
  messages: readonly Message[];
  only: string;
  answers: readonly string[];
};

/** `deps.sql` is the turn's connection. */
async function stepOf(deps: TurnDeps, step: Step): Promise<Decided> {
  const { tenantId, customerId, messages, only, answers } = step;
  const wall = deps.clock.wall();
  const deliveries = new Map([[customerId, messages]]);
  const { sql, prices, gateways, cross = straightAcross } = deps;
  const request = {
    tenantId,
    customerIds: [customerId],
    wall,
    ids: deps.ids,
    prices,
    gateways,
    cross,
    deliveries,
    only,
  };
  const [found] = await Array.fromAsync(decideCustomers(sql, request));
  if (found === undefined) throw new Error(`no customer ${customerId}`);
  const decided = { ...found, commandIds: answers };
  const rows = turnRows(deps.ids, await savedTypes(sql, sql));
  rows.add(asTurn(decided));
  const prefix = decided.loaded.state.tenant.numberPrefix;
  await saveTurn({ sql, tenantId, wall: instantText(wall), prefix }, rows.finish());
  return decided;
}

async function guarded(
  sql: Sql,
  work: () => Promise<Decided>,
  instead: (error: unknown) => Promise<Decided>,
): Promise<Decided> {
  await sql`savepoint piece`;
  try {
    const decided = await work();
    await sql`release savepoint piece`;
    return decided;
  } catch (error) {
    if (faultOf(error) === 'transient') throw error;
    await sql`rollback to savepoint piece`;
    return instead(error);
  }
}

function refusal(error: unknown): Outcome & { ok: false } {
  return reject('conflict', `the database refuses this command: ${parkedReason(error)}`);
}
