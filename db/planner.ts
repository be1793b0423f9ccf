// Owns telling the planner that what follows in a transaction is found row by row through indexes (decision 0024): statistics
// of tables that grow while they are read are old, and a plan made from them reads whole tables.
import type { Tx } from './scope.ts';

export async function readByIndex(tx: Tx): Promise<void> {
  await tx`
    select set_config('jit', 'off', true), set_config('enable_seqscan', 'off', true),
      set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`;
}
