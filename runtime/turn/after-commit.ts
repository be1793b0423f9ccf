// Owns what is left of a turn once it is saved: what it rings, answers and tells. None of its rows: the turns that wait for
// the database would all hold on to them.
import { isDue } from '#actors/calendar/instants.ts';
import type { Outcome } from '#actors/rejection.ts';
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

/** What remains to be done when these decisions are committed. */
export function afterCommit(tenant: string, decided: readonly Decided[]): TurnResult {
  const events = decided.flatMap(({ decision }) => decision.events);
  return {
    rings: ringsAfter(tenant, decided),
    outcomes: decided.flatMap(({ decision }) => decision.outcomes),
    commands: decided.flatMap(answered),
    parkedCharges: events
      .filter(({ type }) => type === 'billing.charge.parked')
      .map(({ objectId, data }) => ({
        charge: objectId,
        customer: data['customerId'],
        reason: data['parkedReason'],
      })),
    invoicesFinalized: events.filter(({ type }) => type === 'billing.invoice.created').length,
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

/** Rings for the outbox, new payment attempts, the test clocks that wait for these customers, and turns that are not done. */
function ringsAfter(tenant: string, decided: readonly Decided[]): Ring[] {
  const rings: Ring[] = decided.flatMap(({ decision }) =>
    decision.collectInvoiceIds.map((key) => ({ queue: 'collect' as const, tenant, key })),
  );
  if (decided.some(({ decision }) => decision.events.length > 0))
    rings.push({ queue: 'notify', tenant: '*', key: 'outbox' });
  const clocks = new Set<string>();
  for (const one of decided) {
    const customer = one.decision.changes.customer[0] ?? customerOf(one.loaded.state);
    if (customer.clockId !== null) clocks.add(customer.clockId);
    const { length } = one.loaded.commands;
    const left = (length > one.commandIds.length || length >= COMMANDS_MAX) && customer.parkedAt === null;
    const due = isDue(customer.dueAt, one.now);
    if (left || (due && customer.parkedAt === null))
      rings.push({ queue: 'advance', tenant, key: one.customerId });
  }
  for (const key of clocks) rings.push({ queue: 'advance', tenant, key });
  return rings;
}
