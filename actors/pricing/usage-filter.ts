// Owns which part of a meter's usage a price may count, and which price has an event that several could count: each event
// is in exactly one group, or in none. Refuses to know meters and quantities.
import { optionalWhole } from '#actors/pricing/field-values.ts';
import { type Fields, pointerTo, readFields } from '#actors/pricing/fields.ts';

/** Values that each named dimension may have; null stands for usage without it. */
export type Where = Readonly<Record<string, readonly (string | null)[]>>;

/** The price with the highest priority takes an event, then the one that names most dimensions, then by its key. */
export type UsageFilter = { readonly where: Where; readonly priority: number };

/** What a price counts: what `where` holds for, without what the prices before it take. */
export type UsageSelection = { readonly where: Where; readonly after: readonly Where[] };

/** A price as far as sharing a meter concerns it. */
export type Sharing = { readonly key: string; readonly filter?: UsageFilter | undefined };

const DIMENSIONS_MAX = 10;
const VALUES_MAX = 100;
const VALUE_CHARS_MAX = 8_192;
const PRIORITY_ENDS = [-1_000_000, 1_000_000] as const;

export function parseUsageFilter(fields: Fields): UsageFilter {
  const where = readFields(fields.take('where'), pointerTo(fields.pointer, 'where'), fields.problems);
  const priority = optionalWhole(fields, 'priority', PRIORITY_ENDS) ?? 0;
  fields.refuseOthers();
  return { where: where === undefined ? {} : parseWhere(where), priority };
}

function parseWhere(fields: Fields): Where {
  const names = fields.names();
  if (names.length === 0 || names.length > DIMENSIONS_MAX) {
    fields.problems.push({ pointer: fields.pointer, message: `must name 1 to ${DIMENSIONS_MAX} dimensions` });
    return {};
  }
  return Object.fromEntries(names.map((name) => [name, values(fields, name)]));
}

/** Sorted and each once, so that equal filters are equal. */
function values(fields: Fields, name: string): readonly (string | null)[] {
  const found = fields.take(name);
  const fits = Array.isArray(found) && found.length > 0 && found.length <= VALUES_MAX && found.every(isValue);
  if (!fits) fields.problem(name, `must be a list of 1 to ${VALUES_MAX} texts, or null for usage without it`);
  return fits ? [...new Set(found)].sort((one, other) => (String(one) < String(other) ? -1 : 1)) : [];
}

function isValue(value: unknown): value is string | null {
  if (value === null) return true;
  const fits = typeof value === 'string' && value.length <= VALUE_CHARS_MAX;
  return fits && value.isWellFormed() && !value.includes('\0');
}

/** Equal exactly for filters that take the same usage, whatever their priorities; '' without a filter. */
export function groupOf(filter: UsageFilter | undefined): string {
  if (filter === undefined) return '';
  return JSON.stringify(Object.entries(filter.where).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Undefined for a price that counts all of its meter: it has no filter, and no other price counts the meter. */
export function selectionOf(own: Sharing, others: readonly Sharing[]): UsageSelection | undefined {
  if (own.filter === undefined && others.length === 0) return undefined;
  const before = others.filter((other) => precedes(other, own)).sort((a, b) => (precedes(a, b) ? -1 : 1));
  return {
    where: own.filter?.where ?? {},
    after: before.map(({ filter }) => filter?.where ?? {}),
  };
}

/** A price without a filter takes what is left. */
function precedes(one: Sharing, other: Sharing): boolean {
  const [a, b] = [one.filter, other.filter];
  if (a === undefined || b === undefined) return a !== undefined || (b === undefined && one.key < other.key);
  if (a.priority !== b.priority) return a.priority > b.priority;
  const named = ({ where }: UsageFilter): number => Object.keys(where).length;
  return named(a) === named(b) ? one.key < other.key : named(a) > named(b);
}

/** ` of region eu or us, not of region eu and size xl`, for sentences about a quantity. */
export function selectionText({ where, after }: UsageSelection): string {
  const own = Object.keys(where).length === 0 ? '' : ` of ${whereText(where)}`;
  return [own, ...after.map((each) => `${own === '' ? '' : ','} not of ${whereText(each)}`)].join('');
}

function whereText(where: Where): string {
  return Object.entries(where)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, allowed]) => `${name} ${allowed.map((value) => value ?? '(none)').join(' or ')}`)
    .join(' and ');
}
