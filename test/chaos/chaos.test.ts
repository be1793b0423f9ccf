// The short form of `npm run chaos`: a dozen processes are killed, others paused and stopped, and the servers under them
// restarted, while clients sign up, use and pay. Nothing is lost or doubled, and work of every kind goes on each time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '#runtime/clock.ts';
import { BACKENDS } from '#test/support/story-world.ts';
import { runChaos } from './chaos.ts';

const PACE = {
  kills: 10,
  processMs: { from: 600, to: 1_600 },
  serverMs: { from: 2_000, to: 4_000 },
};

for (const backend of BACKENDS) {
  test(`nothing is lost or doubled on ${backend}`, async (t) => {
    const seed = systemClock().wall().epochMilliseconds % 1_000_000_000;
    const report = await runChaos({
      backend,
      seed,
      pace: PACE,
      buyers: 3,
      sandboxes: 1,
      hurries: true,
      told: () => undefined,
    });
    const { kills, blows, work, resumed } = report;
    t.diagnostic(JSON.stringify({ seed, kills, blows, work, slowestMs: Math.round(resumed[0]?.ms ?? 0) }));
    assert.deepEqual(report.wrongs, []);
    assert.ok(kills >= PACE.kills);
    assert.deepEqual(
      resumed.filter(({ ms }) => ms === Infinity),
      [],
    );
  });
}
