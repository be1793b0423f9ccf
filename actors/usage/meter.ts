// Owns what a meter is: which usage events it reads and how it turns each into a number.
// Refuses to know prices, periods and where events are kept.
import type { Aggregation } from './aggregation.ts';
import { type MeterFilter, matchesFilters } from './meter-filter.ts';
import { type Properties, propertyDecimal, propertyText } from './property.ts';

export type Meter = {
  readonly id: string;
  readonly eventType: string;
  readonly aggregation: Aggregation;
  /** The property that holds the value; null exactly for count. */
  readonly valueProperty: string | null;
  readonly filters: readonly MeterFilter[];
  /** Properties its quantity can be split by. */
  readonly dimensions: readonly string[];
};

/** What one meter makes of one event. `value` is a plain decimal; count meters make 1 of each event. */
export type Fact = {
  readonly meterId: string;
  readonly value: string;
  /** JSON object of the meter's dimensions in the meter's order, absent ones null; undefined without dimensions. */
  readonly dimensions: string | undefined;
};

export type FactProblem = { readonly property: string; readonly code: string; readonly message: string };

/**
 * The fact a meter takes from an event of its type; undefined if its filters leave the event out. A problem if a matching
 * event has no exact number where the meter looks for one: counting it as nothing would lose usage silently.
 */
export function factOf(meter: Meter, properties: Properties): Fact | FactProblem | undefined {
  if (meter.filters.length > 0 && !matchesFilters(meter.filters, properties)) return undefined;
  const value = valueOf(meter, properties);
  if (typeof value !== 'string') return value;
  if (meter.dimensions.length === 0) return { meterId: meter.id, value, dimensions: undefined };
  const dimensions = dimensionsOf(meter.dimensions, properties);
  return typeof dimensions === 'string' ? { meterId: meter.id, value, dimensions } : dimensions;
}

export function isFactProblem(fact: Fact | FactProblem): fact is FactProblem {
  return 'code' in fact;
}

function valueOf(meter: Meter, properties: Properties): string | FactProblem {
  const property = meter.valueProperty;
  if (property === null) return '1';
  if (!Object.hasOwn(properties, property)) {
    return { property, code: 'missing_value', message: `meter ${meter.id} needs the property ${property}` };
  }
  const value = propertyDecimal(properties[property]);
  if (value !== undefined) return value;
  return {
    property,
    code: 'not_a_decimal',
    message: `${property} must be a number, or a decimal as text such as "12.5", of at most 30 digits on each side of the point`,
  };
}

function dimensionsOf(names: readonly string[], properties: Properties): string | FactProblem {
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
