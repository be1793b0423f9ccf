// Owns reading what somebody says surrounds a rating: the currency, and what an explanation shows as `around`.
import { compareInstants } from '#actors/calendar/instants.ts';
import type { Period } from '#actors/calendar/period.ts';
import { type Currency, parseCurrency } from '#actors/money/currency.ts';
import { parseDecimal, printDecimal } from '#actors/money/decimal.ts';
import { factor, optionalFlag, optionalObject, optionalText } from '#actors/pricing/field-values.ts';
import { type Fields, type PriceProblem, pointerTo, readFields } from '#actors/pricing/fields.ts';
import type { RunContext } from '#actors/pricing/rate-run.ts';
import type {
  Carried,
  StoredPeriod,
  StoredShare,
  Surroundings,
  UnitRate,
} from '#actors/state/run-explanation.ts';

/** Everything but the currency may be absent: a whole period that is over and is the first one. */
export type GivenContext = Surroundings & {
  /** ISO 4217. */
  readonly currency: string;
  /** False while the period goes on: what is short of a minimum or a commitment may still come. */
  readonly isFinal?: boolean;
};

type Place = { readonly pointer: string; readonly problems: PriceProblem[] };

const NOTHING_BEFORE: Carried = { quantity: '0', amount: '0' };

export function readContext(given: unknown, { pointer, problems }: Place): RunContext | undefined {
  const fields = readFields(given, pointer, problems);
  if (fields === undefined) return undefined;
  const known = problems.length;
  const currency = currencyOf(fields);
  const isFinal = optionalFlag(fields, 'isFinal');
  const isTermEnd = optionalFlag(fields, 'isTermEnd');
  const unitRate = unitRateOf(fields);
  const share = shareOf(fields, 'share');
  const termShare = shareOf(fields, 'termShare');
  const around: Surroundings = {
    ...(share !== undefined && { share }),
    ...(termShare !== undefined && { termShare }),
    ...(isTermEnd === true && { isTermEnd }),
    ...(unitRate !== undefined && { unitRate }),
    before: beforeOf(fields),
  };
  fields.refuseOthers();
  if (problems.length > known || currency === undefined) return undefined;
  return { currency, around, ...(isFinal !== undefined && { isFinal }) };
}

function currencyOf(fields: Fields): Currency | undefined {
  const found = fields.take('currency');
  const currency = typeof found === 'string' ? parseCurrency(found) : undefined;
  if (currency === undefined) fields.problem('currency', 'must be an ISO 4217 code, such as "USD"');
  return currency;
}

function shareOf(fields: Fields, name: 'share' | 'termShare'): StoredShare | undefined {
  const share = optionalObject(fields, name);
  if (share === undefined) return undefined;
  const [part, whole] = [periodOf(share, 'part'), periodOf(share, 'whole')];
  share.refuseOthers();
  if (part === undefined || whole === undefined) return undefined;
  const [partial, full] = [part, whole].map(([start, end]) => ({
    start: Temporal.Instant.from(start),
    end: Temporal.Instant.from(end),
  }));
  if (partial !== undefined && full !== undefined && !isWithin(partial, full)) {
    share.problem('part', 'must lie within whole');
  }
  return { part, whole };
}

function isWithin(part: Period, whole: Period): boolean {
  return compareInstants(whole.start, part.start) <= 0 && compareInstants(part.end, whole.end) <= 0;
}

function periodOf(fields: Fields, name: string): StoredPeriod | undefined {
  const found = fields.take(name);
  const [start, end] = Array.isArray(found) && found.length === 2 ? found.map(instantOf) : [];
  if (start !== undefined && end !== undefined && Temporal.Instant.compare(start, end) < 0) {
    return [start.toString(), end.toString()];
  }
  fields.problem(name, 'must be two RFC 3339 times, a start and an end after it');
  return undefined;
}

function instantOf(found: unknown): Temporal.Instant | undefined {
  try {
    return typeof found === 'string' ? Temporal.Instant.from(found) : undefined;
  } catch {
    return undefined;
  }
}

function unitRateOf(fields: Fields): UnitRate | undefined {
  const given = optionalObject(fields, 'unitRate');
  if (given === undefined) return undefined;
  const since = given.take('since') ?? null;
  if (since !== null && instantOf(since) === undefined)
    given.problem('since', 'must be an RFC 3339 time or null');
  const read = { unit: optionalText(given, 'unit') ?? '', rate: factor(given, 'rate') };
  given.refuseOthers();
  return { ...read, since: typeof since === 'string' ? since : null };
}

function beforeOf(fields: Fields): Carried {
  const before = optionalObject(fields, 'before');
  if (before === undefined) return NOTHING_BEFORE;
  const [quantity, amount] = [before.take('quantity'), before.take('amount')];
  const read = typeof quantity === 'string' ? parseDecimal(quantity) : undefined;
  const isWhole = typeof amount === 'string' && /^-?\d{1,18}$/.test(amount);
  if (read === undefined) before.problem('quantity', 'must be a decimal as text');
  if (!isWhole) {
    const message = 'must be whole minor units as text';
    before.problems.push({ pointer: pointerTo(before.pointer, 'amount'), message });
  }
  before.refuseOthers();
  return read === undefined || !isWhole ? NOTHING_BEFORE : { quantity: printDecimal(read), amount };
}
