// Owns which events a meter counts: a list of conditions on properties, all of which must hold.
import { Decimal, parseDecimal } from '#actors/money/decimal.ts';
import { type Properties, propertyDecimal, propertyText } from './property.ts';

/**
 * One condition on one property. `in` and `not_in` compare texts (numbers in plain notation, booleans by name); an absent
 * property is in no list, so `not_in` holds. The comparisons hold only for exact numbers; their bound is a decimal as text.
 */
export type MeterFilter = { readonly property: string } & (
  | { readonly in: readonly string[] }
  | { readonly not_in: readonly string[] }
  | { readonly exists: boolean }
  | { readonly gt: string }
  | { readonly gte: string }
  | { readonly lt: string }
  | { readonly lte: string }
);

/** Whether an event with these properties passes every filter. */
export function matchesFilters(filters: readonly MeterFilter[], properties: Properties): boolean {
  return filters.every((filter) => matches(filter, properties));
}

function matches(filter: MeterFilter, properties: Properties): boolean {
  const present = Object.hasOwn(properties, filter.property);
  const value = present ? properties[filter.property] : undefined;
  if ('exists' in filter) return filter.exists === (present && value !== null);
  if ('in' in filter) return isListed(filter.in, value);
  if ('not_in' in filter) return !isListed(filter.not_in, value);
  if ('gt' in filter) return compares(value, filter.gt, (order) => order > 0);
  if ('gte' in filter) return compares(value, filter.gte, (order) => order >= 0);
  if ('lt' in filter) return compares(value, filter.lt, (order) => order < 0);
  return compares(value, filter.lte, (order) => order <= 0);
}

function isListed(list: readonly string[], value: unknown): boolean {
  const text = propertyText(value);
  return text !== undefined && list.includes(text);
}

function compares(value: unknown, bound: string, holds: (order: number) => boolean): boolean {
  const number = propertyDecimal(value);
  const limit = parseDecimal(bound);
  if (number === undefined || limit === undefined) return false;
  return holds(new Decimal(number).comparedTo(limit));
}
