// The demo's story while its processes are stopped as a deploy stops them: what is under way is handed back, and the story
// ends the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Fleet, Member } from '#test/support/fleet.ts';
import { BACKENDS } from '#test/support/story-world.ts';
import { type Moment, tellToFleet } from '#test/support/told-story.ts';

/** After SIGTERM the platform waits this long before it kills. */
const GRACE_MS = 30_000;

const inTheMiddleOfIngest = ({ step, done }: Moment): boolean => step === 'ingest' && done >= 4_000;
const atMonthEnd = ({ step, count }: Moment): boolean => step === 'move clock' && count === 2;

const oneOfEach = ({ members }: Fleet): Member[] =>
  members.filter((member) => members.find(({ role }) => role === member.role) === member);

/** Ends them all at once and starts them again. */
async function stop(members: readonly Member[]): Promise<void> {
  const endings = await Promise.all(members.map((member) => member.end('SIGTERM')));
  assert.deepEqual(
    endings.map(({ code, tookMs }) => [code, tookMs < GRACE_MS]),
    members.map(() => [0, true]),
  );
  await Promise.all(members.map((member) => member.start()));
}

for (const backend of BACKENDS) {
  test(`SIGTERM in the middle, on ${backend}`, async () => {
    const { ending, errors } = await tellToFleet(backend, {
      troubles: [
        { when: inTheMiddleOfIngest, make: ({ fleet }) => stop(oneOfEach(fleet)) },
        { when: atMonthEnd, make: ({ fleet }) => wait(300).then(() => stop(fleet.members)) },
      ],
    });
    assert.deepEqual(ending.problems, []);
    assert.deepEqual(errors, []);
  });
}
