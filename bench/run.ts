// Owns `npm run bench`: runs the benchmarks one after another, each in a process of its own, and passes their JSON lines on.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const BENCHMARKS = ['ingest', 'rating', 'invoices', 'webhooks'] as const;

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(BENCHMARKS as readonly string[]).includes(name));
if (unknown !== undefined) {
  process.stderr.write(`there is no benchmark ${unknown}; there are ${BENCHMARKS.join(', ')}\n`);
  process.exit(2);
}
for (const name of asked.length > 0 ? asked : BENCHMARKS) {
  process.stderr.write(`# ${name}\n`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`)], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
