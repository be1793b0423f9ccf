// Two webs and two workers as real processes run the demo's story side by side, on both queue backends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BACKENDS } from '#test/support/story-world.ts';
import { tellToFleet } from '#test/support/told-story.ts';

for (const backend of BACKENDS) {
  test(`the demo's story over two webs and two workers on ${backend}`, async () => {
    const { ending, errors } = await tellToFleet(backend);
    assert.deepEqual(ending.problems, []);
    assert.deepEqual(errors, []);
  });
}
