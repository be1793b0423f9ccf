// A card number in any spelling is known; tokens and other long numbers are not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCardNumber } from '#actors/payments/card-number.ts';

test('card numbers are known with and without groups', () => {
  for (const number of ['4242424242424242', '4242 4242 4242 4242', '3782-822463-10005', '4222222222222'])
    assert.ok(isCardNumber(number), number);
});

test('tokens, and numbers that no card has, are none', () => {
  for (const text of ['tok_4242424242424242', '4242424242424241', '424242424242', '42424242424242424242', ''])
    assert.ok(!isCardNumber(text), text);
});
