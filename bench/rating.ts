// What rating costs: lines against a bare loop of decimals, and usage and invoices however many events there are. Each in a
// process of its own, so that neither's heap is in the other's figures.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

for (const part of ['rating-lines.ts', 'rating-usage.ts']) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, part)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
