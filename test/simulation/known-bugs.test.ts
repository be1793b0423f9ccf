// The simulator must be able to fail: each bug that is planted is found within a known number of seeds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSeeds } from './crew.ts';
import { KNOWN_BUGS } from './known-bugs.ts';
import type { Verdict } from './simulation.ts';

for (const { name, within, first } of KNOWN_BUGS) {
  test(`finds within ${within} seeds: ${name}`, async (t) => {
    const seeds = Array.from({ length: within }, (_, at) => at + 1);
    let found: Verdict | undefined;
    let ran = 0;
    await runSeeds({
      seeds: [first, ...seeds.filter((seed) => seed !== first)],
      processes: 1,
      bug: name,
      tell: (verdict) => {
        ran += 1;
        if (verdict.wrong.length > 0) found ??= verdict;
        return found !== undefined;
      },
    });
    assert.ok(found !== undefined, `${ran} seeds saw nothing`);
    t.diagnostic(`found by seed ${found.seed}, after ${ran} seeds: ${found.wrong[0]}`);
  });
}
