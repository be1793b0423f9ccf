// Owns the middle of a turn: decide for each locked customer, load what the decisions ask for, decide again.
import { type BusinessTime, businessTime, instantText, type WallTime } from '#actors/calendar/time.ts';
import type { CustomerState } from '#actors/customer-state.ts';
import { type Decision, decide } from '#actors/decisions/decide.ts';
import { foreseeNeeds } from '#actors/decisions/foresee.ts';
import type { Message } from '#actors/message.ts';
import type { Need } from '#actors/state/facts.ts';
import { type LoadedCustomer, loadCustomers } from '#db/customer-load.ts';
import type { Sql } from '#db/scope.ts';
import type { Crossing } from '#runtime/crash-points.ts';
import type { Ids } from '#runtime/ids.ts';
import { customerMessages } from './customer-messages.ts';
import { type Asked, type GrowingFacts, loadFacts, noFacts } from './load-facts.ts';
import type { PriceCache } from './price-cache.ts';

/** A decision that still asks after so many rounds is a bug. */
const NEED_ROUNDS_MAX = 100;

export type Decided = {
  loaded: LoadedCustomer;
  customerId: string;
  now: BusinessTime;
  commandIds: readonly string[];
  decision: Decision;
  /** What the ids that the decision made have in common. */
  block: string;
};

export type TurnRequest = {
  tenantId: string;
  customerIds: readonly string[];
  wall: WallTime;
  ids: Ids;
  prices: PriceCache;
  gateways: readonly string[];
  cross: Crossing;
  /** Messages from our own jobs, answered before the queued commands. */
  deliveries: ReadonlyMap<string, readonly Message[]>;
  /** Leaves queued commands alone and advances one charge: for the rerun that finds an offender. */
  only?: string;
};

type Pending = {
  loaded: LoadedCustomer;
  state: CustomerState;
  now: BusinessTime;
  messages: readonly Message[];
  commandIds: readonly string[];
  facts: GrowingFacts;
  block: string;
};

/**
 * Locks, loads and decides. Each customer comes as soon as it is decided, and its decision is not kept: in the order of the
 * locks, but for those that ask for more facts. One that does not exist does not come.
 */
export async function* decideCustomers(sql: Sql, request: TurnRequest): AsyncGenerator<Decided> {
  const { tenantId, customerIds, wall, cross } = request;
  const loaded = await cross('turn.load', () =>
    loadCustomers(sql, { tenantId, customerIds, wall: instantText(wall) }),
  );
  const prices = await request.prices.get(
    sql,
    loaded.flatMap((one) => one.priceIds),
  );
  // One instant for all, so that its text is made once.
  const present = businessTime(wall);
  const pending = loaded.map((one) => prepare(one, { ...request, present }, prices));
  for await (const { one, decision } of settled(sql, request, pending)) {
    yield {
      loaded: one.loaded,
      customerId: customerOf(one.state).id,
      now: one.now,
      commandIds: one.commandIds,
      decision,
      block: one.block,
    };
  }
}

function prepare(
  loaded: LoadedCustomer,
  request: TurnRequest & { present: BusinessTime },
  prices: CustomerState['prices'],
): Pending {
  const customer = loaded.state.rows.customer[0];
  if (customer === undefined) throw new Error('a loaded customer has a row');
  const own = request.deliveries.get(customer.id) ?? [];
  const commands = request.only === undefined ? customerMessages(customer, loaded.commands) : [];
  return {
    loaded,
    state: { ...loaded.state, prices, gateways: request.gateways },
    now: loaded.clockNow === null ? request.present : businessTime(loaded.clockNow),
    messages: [...own, ...commands.map(({ message }) => message)],
    commandIds: commands.map(({ commandId }) => commandId),
    facts: noFacts(),
    block: request.ids('t').slice(2),
  };
}

/** Each with the decision that asks for nothing more. */
async function* settled(
  sql: Sql,
  request: TurnRequest,
  pending: readonly Pending[],
): AsyncGenerator<{ one: Pending; decision: Decision }> {
  const foreseen = pending.map((one) => asks(one, foreseeNeeds(one.state, one.now)));
  const load = (asked: readonly Asked[]): Promise<void> =>
    request.cross('turn.facts', () => loadFacts(sql, request.tenantId, asked));
  if (foreseen.some(({ needs }) => needs.length > 0)) await load(foreseen);
  let open = pending;
  for (let round = 0; open.length > 0; round += 1) {
    if (round === NEED_ROUNDS_MAX) throw new Error('decisions keep asking for more facts');
    const asking: { one: Pending; asked: Asked }[] = [];
    for (const one of open) {
      const times = { now: one.now, wall: request.wall, block: one.block };
      const decision = decide(one.state, one.messages, { times, facts: one.facts, only: request.only });
      if (decision.needs.length === 0) yield { one, decision };
      else asking.push({ one, asked: asks(one, decision.needs) });
    }
    if (asking.length > 0) await load(asking.map(({ asked }) => asked));
    open = asking.map(({ one }) => one);
  }
}

function asks(one: Pending, needs: readonly Need[]): Asked {
  const customer = customerOf(one.state);
  return {
    customerId: customer.id,
    onTestClock: customer.clockId !== null,
    needs,
    facts: one.facts,
  };
}

/** The one customer of a state. */
export function customerOf(state: Pick<CustomerState, 'rows'>): CustomerState['rows']['customer'][number] {
  const customer = state.rows.customer[0];
  if (customer === undefined) throw new Error('a state has exactly one customer');
  return customer;
}
