// Owns what a committed turn rings. A shortcut: the sweep is the guarantee (design section 4).
import { COMMANDS_MAX } from '#db/customer-tables.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import type { Decided } from './decide-customers.ts';
import { customerOf } from './decide-customers.ts';

/** Rings for the outbox, new payment attempts, the test clocks that wait for these customers, and turns that are not done. */
export function ringsAfter(tenant: string, decided: readonly Decided[]): Ring[] {
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
    const due = customer.dueAt !== null && Temporal.Instant.compare(customer.dueAt, one.now) <= 0;
    if (left || (due && customer.parkedAt === null))
      rings.push({ queue: 'advance', tenant, key: one.customerId });
  }
  for (const key of clocks) rings.push({ queue: 'advance', tenant, key });
  return rings;
}
