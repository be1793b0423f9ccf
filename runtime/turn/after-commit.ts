// Owns what is left of a turn once it is saved: what it rings, answers and tells. None of its rows: the turns that wait for
// the database would all hold on to them.
import { isDue } from '#actors/calendar/instants.ts';
import type { Outcome } from '#actors/rejection.ts';
import type { Customer } from '#actors/state/customer.ts';
import { COMMANDS_MAX } from '#db/customer-tables.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import { customerOf, type Decided } from './decide-customers.ts';

export type TurnResult = {
  /** A shortcut: the sweep is the guarantee (design section 4). */
  readonly rings: readonly Ring[];
  /** What was answered to the messages, those of our own jobs first. */
  readonly outcomes: readonly Outcome[];
  readonly commands: readonly { readonly id: string; readonly type: string; readonly outcome: Outcome }[];
  readonly parkedCharges: readonly Readonly<Record<'charge' | 'customer' | 'reason', unknown>>[];
  readonly invoicesFinalized: number;
};

/** Takes decided customers one by one. */
export type Aftermath = {
  add(one: Decided): void;
  /** Of all of them. No customer is added afterwards. */
  result(): TurnResult;
};

type Growing = {
  -readonly [K in keyof TurnResult]: TurnResult[K] extends readonly (infer T)[] ? T[] : TurnResult[K];
};

/** What remains to be done when decisions about customers of the tenant are committed. */
export function afterCommit(tenant: string): Aftermath {
  const all: Growing = { rings: [], outcomes: [], commands: [], parkedCharges: [], invoicesFinalized: 0 };
  const shared = new Map<string, Ring>();
  return {
    add: (one) => {
      const { events, outcomes } = one.decision;
      all.rings.push(...ownRings(tenant, one));
      for (const ring of sharedRings(tenant, one)) shared.set(`${ring.queue}|${ring.key}`, ring);
      all.outcomes.push(...outcomes);
      all.commands.push(...answered(one));
      for (const { type, objectId, data } of events) {
        if (type === 'billing.invoice.created') all.invoicesFinalized += 1;
        if (type === 'billing.charge.parked')
          all.parkedCharges.push({
            charge: objectId,
            customer: data['customerId'],
            reason: data['parkedReason'],
          });
      }
    },
    result: () => ({ ...all, rings: [...all.rings, ...shared.values()] }),
  };
}

function answered(one: Decided): TurnResult['commands'] {
  return one.commandIds.map((id, index) => ({
    id,
    type: one.loaded.commands.find((command) => command.id === id)?.type ?? 'unknown',
    outcome: commandOutcome(one, index),
  }));
}

/** Deliveries are answered before commands, so a command's outcome is counted from the end. */
export function commandOutcome({ commandIds, decision }: Decided, index: number): Outcome {
  const outcome = decision.outcomes[decision.outcomes.length - commandIds.length + index];
  if (outcome === undefined) throw new Error('a command was not answered');
  return outcome;
}

/** Rings for new payment attempts, and for a turn that is not done. */
function ownRings(tenant: string, one: Decided): Ring[] {
  const rings: Ring[] = one.decision.collectInvoiceIds.map((key) => ({ queue: 'collect', tenant, key }));
  const customer = afterwards(one);
  const { length } = one.loaded.commands;
  const left = length > one.commandIds.length || length >= COMMANDS_MAX;
  if (customer.parkedAt === null && (left || isDue(customer.dueAt, one.now)))
    rings.push({ queue: 'advance', tenant, key: one.customerId });
  return rings;
}

/** Rings that customers have in common: for the outbox, and for the test clock that waits for them. */
function sharedRings(tenant: string, one: Decided): Ring[] {
  const { clockId } = afterwards(one);
  const rings: Ring[] = clockId === null ? [] : [{ queue: 'advance', tenant, key: clockId }];
  if (one.decision.events.length > 0) rings.push({ queue: 'notify', tenant: '*', key: 'outbox' });
  return rings;
}

const afterwards = ({ decision, loaded }: Decided): Customer =>
  decision.changes.customer[0] ?? customerOf(loaded.state);
