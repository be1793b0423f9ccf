// Owns whose turn an `advance` ring means: the tenant's own actor, a test clock, usage that is read again, or customers.
import type { Processor } from '#runtime/queues/workers.ts';

const TENANT_KEY = 'tenant';
const CLOCK_PREFIX = 'clk_';
const REPROCESSING_PREFIX = 'rep_';

export type AdvanceDeps = {
  readonly turns: { run(tenant: string, customerIds: readonly string[]): Promise<void> };
  readonly tenantTurns: { run(tenant: string, signal: AbortSignal): Promise<void> };
  readonly reprocessings: { run(tenant: string, id: string, signal: AbortSignal): Promise<void> };
  readonly testClocks: { step(tenant: string, clockId: string, signal: AbortSignal): Promise<void> };
};

export function advanceJob({ turns, tenantTurns, reprocessings, testClocks }: AdvanceDeps): Processor {
  return ({ tenant, key, keys }, signal) => {
    if (key === TENANT_KEY) return tenantTurns.run(tenant, signal);
    if (key.startsWith(CLOCK_PREFIX)) return testClocks.step(tenant, key, signal);
    if (key.startsWith(REPROCESSING_PREFIX)) return reprocessings.run(tenant, key, signal);
    return turns.run(tenant, keys ?? [key]);
  };
}
