// Owns what a meter is: which usage events it reads and how it turns each into a number.
// Refuses to know prices, periods and where events are kept.
import type { Aggregation } from './aggregation.ts';
import { type FactProblem, readAmount, readValue } from './fact-value.ts';
import { type MeterFilter, matchesFilters } from './meter-filter.ts';
import type { MeterSettings } from './meter-settings.ts';
import { type Properties, propertyText } from './property.ts';

export type Meter = {
  readonly id: string;
  readonly eventType: string;
  readonly aggregation: Aggregation;
  /** The property that holds the value; null exactly for count. */
  readonly valueProperty: string | null;
  readonly filters: readonly MeterFilter[];
  /** Properties its quantity can be split by. */
  readonly dimensions: readonly string[];
  /** Complete: as stored, with the defaults of the aggregation. */
  readonly settings: MeterSettings;
};

/** What one meter makes of one event. `value` is a plain decimal; meters that count events or texts make 1 of each. */
export type Fact = {
  readonly meterId: string;
  readonly value: string;
  /** The text that is counted once; undefined for meters that read numbers. */
  readonly text: string | undefined;
  /** The price that came with the event in major units, a plain decimal; undefined for meters that read none. */
  readonly amount: string | undefined;
  /** JSON object of the meter's dimensions in the meter's order, absent ones null; undefined without dimensions. */
  readonly dimensions: string | undefined;
};

/**
 * The fact a meter takes from an event of its type; undefined if its filters leave the event out. A problem if a matching
 * event has no value where the meter looks for one.
 */
export function factOf(meter: Meter, properties: Properties): Fact | FactProblem | undefined {
  if (meter.filters.length > 0 && !matchesFilters(meter.filters, properties)) return undefined;
  const read = readValue(meter, properties);
  if ('code' in read) return read;
  const amount = readAmount(meter, properties);
  if (typeof amount === 'object') return amount;
  const dimensions = dimensionsOf(meter.dimensions, properties);
  if (typeof dimensions === 'object') return dimensions;
  return { meterId: meter.id, value: read.value, text: read.text, amount, dimensions };
}

export function isFactProblem(fact: Fact | FactProblem): fact is FactProblem {
  return 'code' in fact;
}

function dimensionsOf(names: readonly string[], properties: Properties): string | FactProblem | undefined {
  if (names.length === 0) return undefined;
  const split: Record<string, string | null> = Object.create(null);
  for (const name of names) {
    const present = Object.hasOwn(properties, name) && properties[name] !== null;
    const text = present ? propertyText(properties[name]) : null;
    if (text === undefined) {
      return {
        property: name,
        code: 'not_a_dimension',
        message: `${name} must be a text, a number or a boolean`,
      };
    }
    split[name] = text;
  }
  return JSON.stringify(split);
}
