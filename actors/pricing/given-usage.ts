// Owns reading a quantity that somebody gives to be rated: one decimal, or the parts that a price asks for. What is
// missing is refused by its name, never taken for nothing.
import { decimal, parseDecimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import { objects, optionalWhole, texts } from '#actors/pricing/field-values.ts';
import { type Fields, type PriceProblem, pointerTo, readFields } from '#actors/pricing/fields.ts';
import type { Counted } from '#actors/pricing/rate-run.ts';
import { type LoadedPart, loadsFor } from '#actors/pricing/usage-model.ts';
import { type UsagePrice, windowOf } from '#actors/pricing/usage-price.ts';
import type { DecimalText } from '#actors/state/scalars.ts';

/**
 * Cumulative usage of one service period, decimals as text: the quantity, or the parts of it. Without `quantity` it is
 * the sum of the first of `windows`, `groups` and `events` that is there.
 */
export type GivenUsage = {
  readonly quantity?: DecimalText;
  /** Of the events that are not below zero: those are corrections. Absent: counted in `events`. */
  readonly eventCount?: number;
  /** Each event's value, in order of time. */
  readonly events?: readonly DecimalText[];
  /** Sum of the prices that came with the events, in major units. */
  readonly eventAmount?: DecimalText;
  /** By the values of the meter's dimensions. */
  readonly groups?: readonly {
    readonly values?: Readonly<Record<string, string>>;
    readonly quantity: DecimalText;
  }[];
  /** Of each window of the period in order, those without usage included. */
  readonly windows?: readonly DecimalText[];
};

const EVENTS_MAX = 1_000_000;
const DIMENSIONS_MAX = 10;

/** What is given for `price`. Adds a problem for each thing that cannot be read or is missing. */
export function readUsage(
  given: unknown,
  price: UsagePrice,
  { pointer, problems }: { readonly pointer: string; readonly problems: PriceProblem[] },
): Counted | undefined {
  if (typeof given === 'string' && parseDecimal(given) === undefined) {
    problems.push({ pointer, message: 'must be a decimal as text, such as "1000"' });
    return undefined;
  }
  const fields = readFields(typeof given === 'string' ? { quantity: given } : given, pointer, problems);
  if (fields === undefined) return undefined;
  const before = problems.length;
  const read = partsOf(fields);
  fields.refuseOthers();
  const { quantity, eventCount, ...metered } = read;
  const counted = {
    quantity: quantity ?? sumOf(read),
    eventCount: BigInt(eventCount ?? (read.events ?? []).filter((value) => !value.startsWith('-')).length),
    metered,
  };
  if (counted.quantity === undefined) fields.problem('quantity', 'is required');
  if (quantity !== undefined && windowOf(price) !== undefined && !isSumOf(quantity, read.windows)) {
    fields.problem('quantity', 'must be the sum of the windows, which are what is rated, or absent');
  }
  refuseMissing(fields, price, read);
  return problems.length > before ? undefined : { ...counted, quantity: counted.quantity ?? '0' };
}

type Parts = ReturnType<typeof partsOf>;

function partsOf(fields: Fields) {
  const quantity = fields.take('quantity') === undefined ? undefined : decimalOf(fields, 'quantity');
  const eventCount = optionalWhole(fields, 'eventCount', [0, Number.MAX_SAFE_INTEGER]);
  const eventAmount = fields.take('eventAmount') === undefined ? undefined : decimalOf(fields, 'eventAmount');
  const events = decimals(fields, 'events');
  const windows = decimals(fields, 'windows');
  const groups = fields.take('groups') === undefined ? undefined : groupsOf(fields);
  return {
    ...(quantity !== undefined && { quantity }),
    ...(eventCount !== undefined && { eventCount }),
    ...(eventAmount !== undefined && { eventAmount }),
    ...(events !== undefined && { events }),
    ...(windows !== undefined && { windows }),
    ...(groups !== undefined && { groups }),
  };
}

function groupsOf(fields: Fields) {
  return objects(fields, 'groups', EVENTS_MAX).map((group) => {
    const given = group.take('values');
    const values =
      given === undefined ? undefined : readFields(given, pointerTo(group.pointer, 'values'), group.problems);
    const read = {
      values: values === undefined || values.names().length === 0 ? {} : texts(values, DIMENSIONS_MAX),
      quantity: decimalOf(group, 'quantity'),
    };
    group.refuseOthers();
    return read;
  });
}

function decimalOf(fields: Fields, name: string): DecimalText {
  const found = fields.take(name);
  const read = typeof found === 'string' ? parseDecimal(found) : undefined;
  if (read === undefined) fields.problem(name, 'must be a decimal as text, such as "1000"');
  return read === undefined ? '0' : printDecimal(read);
}

function decimals(fields: Fields, name: 'events' | 'windows'): readonly DecimalText[] | undefined {
  const found: unknown = fields.take(name);
  if (found === undefined) return undefined;
  if (Array.isArray(found) && found.length <= EVENTS_MAX) {
    const read = found.map((each: unknown) => (typeof each === 'string' ? parseDecimal(each) : undefined));
    const wrong = read.indexOf(undefined);
    if (wrong < 0) return read.flatMap((each) => (each === undefined ? [] : [printDecimal(each)]));
    fields.problem(name, `must hold decimals as text; number ${wrong + 1} is none`);
    return undefined;
  }
  fields.problem(name, `must be a list of at most ${EVENTS_MAX} decimals as text`);
  return undefined;
}

function isSumOf(quantity: DecimalText, windows: readonly DecimalText[] | undefined): boolean {
  return windows === undefined || decimal(quantity).equals(sumDecimals(windows.map((each) => decimal(each))));
}

function sumOf({ windows, groups, events }: Parts): DecimalText | undefined {
  const parts = windows ?? groups?.map((group) => group.quantity) ?? events;
  return parts === undefined ? undefined : printDecimal(sumDecimals(parts.map((part) => decimal(part))));
}

type Required = { readonly fields: readonly [keyof Parts, ...(keyof Parts)[]]; readonly what: string };

/** Any of the fields will do, and the first is asked for. Without the prices of events the quantity is the money. */
const REQUIRED: Readonly<Record<LoadedPart, Required | undefined>> = {
  groups: { fields: ['groups'], what: 'its dimensions' },
  events: { fields: ['events'], what: 'single events' },
  paidEvents: { fields: ['eventCount', 'events'], what: 'the number of events' },
  eventAmount: undefined,
};

function refuseMissing(fields: Fields, price: UsagePrice, read: Parts): void {
  const unit = windowOf(price);
  if (unit !== undefined && read.windows === undefined) {
    fields.problem('windows', `is required: this price is rated on the quantity of each ${unit}`);
  }
  for (const part of loadsFor(price.model)) {
    const required = REQUIRED[part];
    if (required === undefined || required.fields.some((name) => read[name] !== undefined)) continue;
    fields.problem(required.fields[0], `is required: this price is rated on ${required.what}`);
  }
}
