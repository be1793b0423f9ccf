// Every change of the code sees weather that none has seen before: the seeds that once failed, then fresh ones. And the same
// seed is the same life, to the byte.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runSeeds } from './crew.ts';
import { seedOfCode } from './seed-of-code.ts';
import type { Verdict } from './simulation.ts';

const FRESH_SEEDS = 200;
const processes = Math.max(2, availableParallelism());
const corpus = JSON.parse(readFileSync(join(import.meta.dirname, 'corpus.json'), 'utf8')) as {
  seeds: { seed: number }[];
};

test('the same seed leaves the same trace, whatever ran before it', async () => {
  const verdicts: Verdict[] = [];
  const tell = (verdict: Verdict): void => void verdicts.push(verdict);
  await runSeeds({ seeds: [11, 12], processes: 1, tell });
  await runSeeds({ seeds: [12, 11], processes: 1, tell });
  const hashes = Map.groupBy(verdicts, ({ seed }) => seed);
  for (const [seed, same] of hashes) {
    assert.equal(same.length, 2);
    assert.equal(same[0]?.hash, same[1]?.hash, `seed ${seed} is not the same twice`);
  }
});

test('books stay right in any weather', async (t) => {
  const first = seedOfCode();
  const fresh = Array.from({ length: FRESH_SEEDS }, (_, at) => first + at);
  const failed: string[] = [];
  const suffered = new Set<string>();
  const tell = ({ seed, wrong, misfortunes }: Verdict): void => {
    for (const kind of Object.keys(misfortunes)) suffered.add(kind);
    if (wrong.length > 0)
      failed.push(`npm run simulate -- --seeds 1 --seed ${seed}: ${wrong.slice(0, 3).join('; ')}`);
  };
  await runSeeds({ seeds: [...corpus.seeds.map(({ seed }) => seed), ...fresh], processes, tell });
  t.diagnostic(
    `seeds ${first} to ${first + FRESH_SEEDS - 1}; misfortunes: ${[...suffered].sort().join(', ')}`,
  );
  assert.deepEqual(failed, []);
  assert.ok(suffered.size >= 10, 'the weather was too calm to mean anything');
});
