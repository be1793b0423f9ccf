// Whose turn a ring means.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advanceJob } from '#jobs/advance.ts';
import { invoiceJob } from '#jobs/invoice.ts';

test('a key names the tenant itself, a test clock, usage that is read again, or customers', async () => {
  const heard: unknown[] = [];
  const deps = {
    turns: { run: async (tenant: string, ids: readonly string[]) => void heard.push([tenant, ...ids]) },
    tenantTurns: { run: async (tenant: string) => void heard.push(tenant) },
    reprocessings: { run: async (tenant: string, id: string) => void heard.push(`${tenant} ${id}`) },
    testClocks: { step: async (tenant: string, clock: string) => void heard.push(`${tenant} ${clock}`) },
  };
  const signal = new AbortController().signal;
  for (const job of [
    { key: 'tenant' },
    { key: 'clk_1' },
    { key: 'rep_1' },
    { key: 'cus_1' },
    { key: 'cus_1', keys: ['cus_1', 'cus_2'] },
  ]) {
    await advanceJob(deps)({ tenant: 'ten_1', retries: 0, ...job }, signal);
  }
  await invoiceJob(deps)({ tenant: 'ten_1', key: 'cus_3', retries: 0 }, signal);
  assert.deepEqual(heard, [
    'ten_1',
    'ten_1 clk_1',
    'ten_1 rep_1',
    ['ten_1', 'cus_1'],
    ['ten_1', 'cus_1', 'cus_2'],
    ['ten_1', 'cus_3'],
  ]);
});
