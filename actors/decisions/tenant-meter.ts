// Owns the rules of creating a meter.
import { type Rejection, reject } from '#actors/rejection.ts';
import type { Aggregation } from '#actors/usage/aggregation.ts';
import type { MeterFilter } from '#actors/usage/meter-filter.ts';
import { completeSettings, isSettingProblem, type MeterSettings } from '#actors/usage/meter-settings.ts';

export type MeterRequest = MeterSettings & {
  readonly key: string;
  readonly name: string;
  readonly eventType: string;
  readonly aggregation: Aggregation;
  readonly valueProperty?: string | undefined;
  readonly filters: readonly MeterFilter[];
  readonly dimensions: readonly string[];
};

export type NewMeter = Omit<MeterRequest, keyof MeterSettings> & { readonly settings: MeterSettings };

/** The meter that is to exist, or why not. `keyTaken`: the tenant has a meter of this key. */
export function decideMeter(
  request: MeterRequest,
  facts: { readonly keyTaken: boolean },
): { ok: true; meter: NewMeter } | Rejection {
  const { key, name, eventType, aggregation, valueProperty, filters, dimensions, ...given } = request;
  if (facts.keyTaken) return reject('key_taken', `there is a meter with the key ${key}`, '/key');
  const counts = aggregation === 'count';
  if (counts && valueProperty !== undefined) {
    return reject('value_property_unused', 'a count reads no value', '/valueProperty');
  }
  if (!counts && valueProperty === undefined) {
    return reject(
      'value_property_missing',
      `${aggregation} needs the property that holds the value`,
      '/valueProperty',
    );
  }
  const repeated = dimensions.findIndex((dimension, at) => dimensions.indexOf(dimension) < at);
  if (repeated >= 0) return reject('dimension_repeated', 'each dimension once', `/dimensions/${repeated}`);
  const settings = completeSettings(aggregation, given);
  if (isSettingProblem(settings)) return reject(settings.code, settings.message, `/${settings.name}`);
  return {
    ok: true,
    meter: { key, name, eventType, aggregation, valueProperty, filters, dimensions, settings },
  };
}
