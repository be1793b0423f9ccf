// Owns the invoice job: customers with a draft whose grace has passed. Finalizing is a part of their turn, so that it
// happens once, whoever rings; this queue of its own keeps month end from holding up commands.
import type { Processor } from '#runtime/queues/workers.ts';
import type { AdvanceDeps } from './advance.ts';

export function invoiceJob({ turns }: Pick<AdvanceDeps, 'turns'>): Processor {
  return ({ tenant, key, keys }) => turns.run(tenant, keys ?? [key]);
}
