// What a meter may say beyond its aggregation: defaults, and refusals of what would mean nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Aggregation } from '#actors/usage/aggregation.ts';
import {
  completeSettings,
  isSettingProblem,
  type MeterSettings,
  rollsUp,
} from '#actors/usage/meter-settings.ts';

test('defaults are those of the aggregation, and nothing is there that was not said', () => {
  for (const [aggregation, given, expected] of [
    ['sum', {}, {}],
    ['sum', { multiplier: undefined }, {}],
    ['percentile', { percentile: '95' }, { percentile: '95', percentileMethod: 'nearest_rank' }],
    ['time_weighted_average', {}, { level: 'latest', carriedOver: true }],
    [
      'time_weighted_sum',
      { carriedOver: false, level: 'sum' },
      { level: 'sum', carriedOver: false, timeUnit: 'hour' },
    ],
  ] as const satisfies readonly (readonly [Aggregation, MeterSettings, MeterSettings])[]) {
    assert.deepEqual(completeSettings(aggregation, given), expected);
  }
});

test('a setting without meaning, without a value or with a wrong one is named', () => {
  for (const [aggregation, given, code, name] of [
    ['count', { multiplier: '2' }, 'setting_unused', 'multiplier'],
    ['unique_count', { acceptsNegative: true }, 'setting_unused', 'acceptsNegative'],
    ['unique_count', { operationProperty: 'op' }, 'setting_unused', 'operationProperty'],
    ['max', { carriedOver: true }, 'setting_unused', 'carriedOver'],
    ['sum', { carriedOver: true, bucket: { unit: 'day', zone: 'UTC' } }, 'setting_unused', 'bucket'],
    ['time_weighted_average', { timeUnit: 'hour' }, 'setting_unused', 'timeUnit'],
    ['percentile', {}, 'setting_missing', 'percentile'],
    ['percentile', { percentile: '0' }, 'invalid_setting', 'percentile'],
    ['percentile', { percentile: '100.1' }, 'invalid_setting', 'percentile'],
    ['sum', { multiplier: '-1' }, 'invalid_setting', 'multiplier'],
    ['sum', { multiplier: 'x' }, 'invalid_setting', 'multiplier'],
    ['max', { bucket: { unit: 'day', zone: '+02:00' } }, 'invalid_setting', 'bucket'],
  ] as const satisfies readonly (readonly [Aggregation, MeterSettings, string, string])[]) {
    const problem = completeSettings(aggregation, given);
    assert.ok(isSettingProblem(problem), `${aggregation} ${JSON.stringify(given)}`);
    assert.deepEqual([problem.code, problem.name], [code, name]);
  }
});

test('what rolls up is read from rollups, everything else from the facts', () => {
  assert.equal(rollsUp({ aggregation: 'average', settings: { multiplier: '2' } }), true);
  assert.equal(rollsUp({ aggregation: 'max', settings: { bucket: { unit: 'hour', zone: 'UTC' } } }), false);
  assert.equal(rollsUp({ aggregation: 'sum', settings: { carriedOver: true } }), false);
  assert.equal(rollsUp({ aggregation: 'unique_count', settings: {} }), false);
});
