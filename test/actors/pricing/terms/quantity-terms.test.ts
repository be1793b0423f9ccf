// Proves what happens to a quantity before it is priced: conversion and free units.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { period } from '#actors/calendar/period.ts';
import { decimal, printDecimal } from '#actors/money/decimal.ts';
import { type Conversion, convert } from '#actors/pricing/terms/conversion.ts';
import { chargeable, type FreeUnits } from '#actors/pricing/terms/free-units.ts';

const converted = (rounding: Conversion['rounding'], quantity: string, decimals?: number) =>
  printDecimal(
    convert(
      { operation: 'divide', factor: '60', rounding, ...(decimals !== undefined && { decimals }) },
      decimal(quantity),
    ),
  );

test('begun, full and nearest units', () => {
  assert.deepEqual(
    ['0', '1', '60', '61', '90', '119'].map((seconds) => converted('up', seconds)),
    ['0', '1', '1', '2', '2', '2'],
  );
  assert.deepEqual(
    ['0', '1', '60', '61', '90', '119'].map((seconds) => converted('down', seconds)),
    ['0', '0', '1', '1', '1', '1'],
  );
  assert.deepEqual(
    ['29', '30', '89', '90'].map((seconds) => converted('nearest', seconds)),
    ['0', '1', '1', '2'],
  );
});

test('rounding can stop at decimals or at hundreds', () => {
  assert.equal(converted('up', '61', 2), '1.02');
  assert.equal(converted('up', '60001', -2), '1100');
});

test('without rounding a division is cut where it can still be stored', () => {
  assert.equal(converted('none', '90'), '1.5');
  assert.equal(converted('none', '20'), `0.${'3'.repeat(30)}`);
});

const start = Temporal.Instant.from('2024-04-01T00:00Z');
const days = (count: number) => period(start, start.add({ hours: 24 * count }));
const charged = (
  reset: FreeUnits['reset'],
  windows: string[],
  more: { before?: string; share?: number } = {},
) =>
  chargeable(
    { quantity: '10', reset },
    {
      windows: windows.map((quantity) => decimal(quantity)),
      before: more.before === undefined ? undefined : decimal(more.before),
      share: more.share === undefined ? undefined : { part: days(more.share), whole: days(30) },
    },
  ).map(printDecimal);

test('an allowance of the period is spent in order', () => {
  assert.deepEqual(charged('period', ['7']), ['0']);
  assert.deepEqual(charged('period', ['15']), ['5']);
  assert.deepEqual(charged('period', ['7', '7', '7']), ['0', '4', '7']);
});

test('an allowance of a period that was served in part is a part of it', () => {
  assert.deepEqual(charged('period', ['15'], { share: 15 }), ['10']);
  assert.deepEqual(charged('period', ['15'], { share: 10 }), ['11.666666666667']);
});

test('an allowance of each day comes back each day, and none is carried over', () => {
  assert.deepEqual(charged('day', ['15', '5', '11'], { share: 15 }), ['5', '0', '1']);
});

test('an allowance that never comes back is what earlier periods left', () => {
  assert.deepEqual(charged('never', ['15'], { before: '0', share: 15 }), ['5']);
  assert.deepEqual(charged('never', ['15'], { before: '8' }), ['13']);
  assert.deepEqual(charged('never', ['15'], { before: '25' }), ['15']);
  assert.throws(() => charged('never', ['15']), RangeError);
});
