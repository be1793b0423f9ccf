// Proves the share of a fee for part of its period.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Period, period } from '#actors/calendar/period.ts';
import { currency } from '#actors/money/currency.ts';
import { decimal } from '#actors/money/decimal.ts';
import { prorateFee } from '#actors/pricing/prorate-fee.ts';

const USD = currency('USD');
const days = (from: number, to: number): Period =>
  period(
    Temporal.Instant.from('2024-04-01T00:00Z').add({ hours: 24 * from }),
    Temporal.Instant.from('2024-04-01T00:00Z').add({ hours: 24 * to }),
  );
const fee = (amount: string, service: Period) =>
  prorateFee(decimal(amount), { service, full: days(0, 30), currency: USD });

test('a fee is shared by elapsed time and rounded once', () => {
  assert.equal(fee('100', days(0, 30)), 10000n);
  assert.equal(fee('100', days(10, 30)), 6667n);
  assert.equal(fee('100', days(0, 10)), 3333n);
  assert.equal(fee('0.01', days(0, 15)), 1n);
});

test('it is never above the full fee, and a moment is not a share', () => {
  assert.equal(fee('100', days(-5, 31)), 10000n);
  assert.equal(fee('100', days(5, 5)), 10000n);
});
