// Owns the rules of creating a meter.
import { type Rejection, reject } from '#actors/rejection.ts';
import type { Aggregation } from '#actors/usage/aggregation.ts';
import type { MeterFilter } from '#actors/usage/meter-filter.ts';

export type MeterRequest = {
  readonly key: string;
  readonly name: string;
  readonly eventType: string;
  readonly aggregation: Aggregation;
  readonly valueProperty?: string | undefined;
  readonly filters: readonly MeterFilter[];
  readonly dimensions: readonly string[];
};

/** The meter that is to exist, or why not. `keyTaken`: the tenant has a meter of this key. */
export function decideMeter(
  request: MeterRequest,
  facts: { readonly keyTaken: boolean },
): { ok: true; meter: MeterRequest } | Rejection {
  if (facts.keyTaken) return reject('key_taken', `there is a meter with the key ${request.key}`, '/key');
  const counts = request.aggregation === 'count';
  if (counts && request.valueProperty !== undefined) {
    return reject('value_property_unused', 'a count reads no value', '/valueProperty');
  }
  if (!counts && request.valueProperty === undefined) {
    return reject(
      'value_property_missing',
      `${request.aggregation} needs the property that holds the value`,
      '/valueProperty',
    );
  }
  const repeated = request.dimensions.findIndex((name, at) => request.dimensions.indexOf(name) < at);
  if (repeated >= 0) return reject('dimension_repeated', 'each dimension once', `/dimensions/${repeated}`);
  return { ok: true, meter: request };
}
