// Secrets at rest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '#runtime/random.ts';
import { createSecretBox } from '#runtime/secret-box.ts';

const random = systemRandom();
const box = createSecretBox({ key: random.bytes(32), random });

test('what is sealed opens at its own place only', () => {
  const sealed = box.seal('whsec_é', 'whe_1');
  assert.ok(!sealed.includes('whsec'));
  assert.equal(box.open(sealed, 'whe_1'), 'whsec_é');
  assert.throws(() => box.open(sealed, 'whe_2'));
});

test('a changed byte, another key and a cut text do not open', () => {
  const sealed = box.seal('secret', 'here');
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(() => box.open(changed, 'here'), `byte ${at}`);
  }
  assert.throws(() => createSecretBox({ key: random.bytes(32), random }).open(sealed, 'here'));
  assert.throws(() => box.open(sealed.subarray(0, 20), 'here'));
});

test('the same text seals differently each time', () => {
  assert.notDeepEqual(box.seal('secret', 'here'), box.seal('secret', 'here'));
});

test('a key of another length is refused', () => {
  assert.throws(() => createSecretBox({ key: random.bytes(16), random }), RangeError);
});
