// Owns reading a price from untrusted JSON field by field, gathering every problem with its place. Refuses to know any
// charge model.
import { type Dec, decimal, parseDecimal, printDecimal } from '#actors/money/decimal.ts';

/** One thing wrong with a price; `pointer` is a JSON pointer (RFC 6901) into what was read, '' for the whole. */
export type PriceProblem = { readonly pointer: string; readonly message: string };

/** Largest amount a price may name, in major units. */
export const AMOUNT_MAX = '1000000000000000';

/** Largest quantity a price may name: a bound, a size, an allowance. */
export const QUANTITY_MAX = '1000000000000000';

/** Reads the fields of one object. A bad field leaves a problem and a harmless value, so that reading goes on. */
export type Fields = {
  readonly pointer: string;
  readonly problems: PriceProblem[];
  /** Decimal text of at least 0, normalized. */
  amount(name: string): string;
  optionalAmount(name: string): string | undefined;
  /** Decimal text above 0, normalized. */
  positive(name: string): string;
  /** As positive, or null. Undefined, with a problem, for anything else. */
  nullablePositive(name: string): string | null | undefined;
  /** The fallback stands for absence. */
  choice<T extends string>(name: string, choices: readonly T[], fallback: T): T;
  oneOf<T extends string>(name: string, choices: readonly T[]): T | undefined;
  optionalFlag(name: string): boolean | undefined;
  /** The elements of an array with 1 to `max` elements. */
  list(name: string, max: number): readonly unknown[];
  problem(name: string, message: string): void;
  /** Reports every field that nobody asked for. */
  refuseOthers(): void;
};

type Bounds = { readonly above: boolean; readonly max: string };

/** Undefined, with a problem, when the value is no object. */
export function readFields(value: unknown, pointer: string, problems: PriceProblem[]): Fields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.push({ pointer, message: 'must be an object' });
    return undefined;
  }
  const given = new Map<string, unknown>(Object.entries(value));
  const asked = new Set<string>();

  const take = (name: string): unknown => {
    asked.add(name);
    return given.get(name);
  };
  const problem = (name: string, message: string): void => {
    problems.push({ pointer: `${pointer}/${escapeToken(name)}`, message });
  };
  const optionalNumber = (name: string, bounds: Bounds): string | undefined => {
    const found = take(name);
    if (found === undefined) return undefined;
    const read = readDecimal(found, bounds);
    if (typeof read === 'string') problem(name, read);
    return typeof read === 'string' ? '0' : printDecimal(read);
  };
  const number = (name: string, bounds: Bounds): string => {
    const read = optionalNumber(name, bounds);
    if (read === undefined) problem(name, 'is required');
    return read ?? '0';
  };
  const oneOf = <T extends string>(name: string, choices: readonly T[]): T | undefined => {
    const found = take(name);
    const chosen = choices.find((choice) => choice === found);
    if (chosen === undefined) problem(name, `must be one of ${choices.join(', ')}`);
    return chosen;
  };

  return {
    pointer,
    problems,
    problem,
    amount: (name) => number(name, { above: false, max: AMOUNT_MAX }),
    optionalAmount: (name) => optionalNumber(name, { above: false, max: AMOUNT_MAX }),
    positive: (name) => number(name, { above: true, max: QUANTITY_MAX }),
    nullablePositive: (name) => {
      if (take(name) === null) return null;
      const known = problems.length;
      const read = number(name, { above: true, max: QUANTITY_MAX });
      return problems.length > known ? undefined : read;
    },
    oneOf,
    choice: (name, choices, fallback) => (given.has(name) ? (oneOf(name, choices) ?? fallback) : fallback),
    optionalFlag: (name) => {
      const found = take(name);
      if (found === undefined || typeof found === 'boolean') return found;
      problem(name, 'must be true or false');
      return undefined;
    },
    list: (name, max) => {
      const found = take(name);
      if (Array.isArray(found) && found.length > 0 && found.length <= max) return found;
      problem(name, `must be a list of 1 to ${max} elements`);
      return [];
    },
    refuseOthers: () => {
      for (const name of given.keys()) if (!asked.has(name)) problem(name, 'is not a field of this price');
    },
  };
}

function readDecimal(found: unknown, bounds: Bounds): Dec | string {
  const read = typeof found === 'string' ? parseDecimal(found) : undefined;
  if (read === undefined) return 'must be a decimal as text, such as "0.000012"';
  if (read.isZero() ? bounds.above : read.isNegative())
    return bounds.above ? 'must be above 0' : 'must not be negative';
  return read.greaterThan(decimal(bounds.max)) ? `must be at most ${bounds.max}` : read;
}

function escapeToken(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
