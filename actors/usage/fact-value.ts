// Owns what a meter reads in the properties of an event that it counts: a number, or a text that is counted once.
import { Decimal, printDecimal } from '#actors/money/decimal.ts';
import type { Meter } from './meter.ts';
import { countsTexts, levelOf } from './meter-settings.ts';
import { type Properties, propertyDecimal, propertyText } from './property.ts';

export type FactProblem = { readonly property: string; readonly code: string; readonly message: string };

/** `text` is there for meters that count each text once; `value` is then 1, or 0 where the event removes the text. */
export type FactValue = { readonly value: string; readonly text?: string };

/** As the column that keeps it: a multiplied value may have more digits than one from outside. */
const VALUE_BOUND = new Decimal('1e40');

/** The value of one event, or what is wrong with it: counting it as nothing would lose usage silently. */
export function readValue(meter: Meter, properties: Properties): FactValue | FactProblem {
  const property = meter.valueProperty;
  if (property === null) return { value: '1' };
  if (!Object.hasOwn(properties, property)) return missing(meter, property);
  return countsTexts(meter) ? readText(meter, property, properties) : readNumber(meter, property, properties);
}

/** The price that came with the event; undefined if the meter reads none. */
export function readAmount(meter: Meter, properties: Properties): string | FactProblem | undefined {
  const { amountProperty: property, acceptsNegative } = meter.settings;
  if (property === undefined) return undefined;
  if (!Object.hasOwn(properties, property)) return missing(meter, property);
  const amount = propertyDecimal(properties[property]);
  if (amount === undefined) return notDecimal(property);
  return amount.startsWith('-') && acceptsNegative !== true ? negative(meter, property) : amount;
}

function readNumber(meter: Meter, property: string, properties: Properties): FactValue | FactProblem {
  const { multiplier, acceptsNegative } = meter.settings;
  const value = propertyDecimal(properties[property]);
  if (value === undefined) return notDecimal(property);
  // A level that events change goes down as well as up.
  const mayBeNegative = acceptsNegative === true || levelOf(meter) === 'sum';
  if (value.startsWith('-') && !mayBeNegative) return negative(meter, property);
  if (multiplier === undefined) return { value };
  const multiplied = new Decimal(value).times(multiplier);
  if (multiplied.abs().lessThan(VALUE_BOUND)) return { value: printDecimal(multiplied) };
  return { property, code: 'value_too_large', message: `${property} times ${multiplier} is too large` };
}

function readText(meter: Meter, property: string, properties: Properties): FactValue | FactProblem {
  const text = propertyText(properties[property]);
  if (text === undefined) {
    return { property, code: 'not_a_text', message: `${property} must be a text, a number or a boolean` };
  }
  const operation = meter.settings.operationProperty;
  if (operation === undefined || !Object.hasOwn(properties, operation)) return { value: '1', text };
  const said = properties[operation];
  if (said === 'add') return { value: '1', text };
  if (said === 'remove') return { value: '0', text };
  return { property: operation, code: 'not_an_operation', message: `${operation} must be add or remove` };
}

function missing(meter: Meter, property: string): FactProblem {
  return { property, code: 'missing_value', message: `meter ${meter.id} needs the property ${property}` };
}

function notDecimal(property: string): FactProblem {
  return {
    property,
    code: 'not_a_decimal',
    message: `${property} must be a number, or a decimal as text such as "12.5", of at most 30 digits on each side of the point`,
  };
}

function negative(meter: Meter, property: string): FactProblem {
  return {
    property,
    code: 'negative_value',
    message: `${property} is below zero: meter ${meter.id} takes no corrections`,
  };
}
