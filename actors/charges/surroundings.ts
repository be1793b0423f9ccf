// Owns what surrounds the rating of one charge: the share of its period that was served, and what earlier periods took.
import { compareInstants } from '#actors/calendar/instants.ts';
import { decimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import type { Charge } from '#actors/state/charge.ts';
import type { Earlier } from '#actors/state/facts.ts';
import type { RatingFrame, Term } from '#actors/state/rating-frame.ts';
import type {
  Carried,
  StoredPeriod,
  StoredShare,
  Surroundings,
  UnitRate,
} from '#actors/state/run-explanation.ts';
import type { Instant } from '#actors/state/scalars.ts';
import type { Workspace } from '#actors/workspace.ts';

const NOTHING: Surroundings = {};

/** Undefined while the earlier periods are not loaded. Throws when one of them is not rated yet: this one must wait. */
export function surroundingsOf(work: Workspace, charge: Charge): Surroundings | undefined {
  const frame = charge.rating;
  if (frame === null) return NOTHING;
  const before =
    frame.since === undefined ? undefined : beforeOf(work, charge, { ...frame, since: frame.since });
  const unitRate = unitRateOf(work, charge, frame);
  if (before === undefined && frame.since !== undefined) return undefined;
  if (unitRate === undefined && frame.priceUnit !== undefined) return undefined;
  return surround({ ...charge, rating: frame }, { before, unitRate });
}

type Framed = Pick<Charge, 'serviceStart' | 'serviceEnd'> & { readonly rating: RatingFrame };

/** Of a charge with a frame, given what earlier periods took and what its unit costs. */
export function surround(
  { serviceStart: start, serviceEnd: end, rating: { fullEnd, term } }: Framed,
  { before, unitRate }: { readonly before: Carried | undefined; readonly unitRate: UnitRate | undefined },
): Surroundings {
  const cutShort = fullEnd !== undefined && compareInstants(end, fullEnd) < 0;
  return {
    ...(cutShort && { share: stored({ start, end }, { start, end: fullEnd }) }),
    ...(term !== undefined && termParts(term, end)),
    ...(before !== undefined && { before }),
    ...(unitRate !== undefined && { unitRate }),
  };
}

/**
 * What came in advance is converted at the rate of its first moment, all else at that of the last moment of service. The
 * rate of a charge that was rated before stays.
 */
function unitRateOf(work: Workspace, charge: Charge, frame: RatingFrame): UnitRate | undefined {
  const { priceUnit: unit, unitRate } = frame;
  if (unit === undefined || unitRate !== undefined) return unitRate;
  const { serviceStart, serviceEnd, currency, priceId } = charge;
  const inAdvance = work.price(priceId).cadence === 'in_advance';
  return work.unitRate({
    unit,
    currency,
    at: inAdvance ? serviceStart : serviceEnd.subtract({ microseconds: 1 }),
  });
}

function termParts({ start, end, fullEnd }: Term, serviceEnd: Instant): Surroundings {
  const cutShort = compareInstants(end, fullEnd) < 0;
  return {
    ...(compareInstants(serviceEnd, end) >= 0 && { isTermEnd: true }),
    ...(cutShort && { termShare: stored({ start, end }, { start, end: fullEnd }) }),
  };
}

/** An allowance counts all periods of the item, a commitment those of its term. */
function beforeOf(
  work: Workspace,
  charge: Charge,
  { since, term }: RatingFrame & { since: Instant },
): Carried | undefined {
  const need = { origin: charge.origin, from: since, before: charge.serviceStart };
  const loaded = work.earlier(need);
  if (loaded === undefined) return undefined;
  return carriedInto(withOwn(work, charge, { since, loaded }), term);
}

/** What earlier periods hand on. */
export function carriedInto(earlier: readonly Known[], term: Term | undefined): Carried {
  const ofTerm = earlier.filter(
    ({ serviceStart }) => term === undefined || compareInstants(serviceStart, term.start) >= 0,
  );
  return {
    quantity: printDecimal(sumDecimals(earlier.map(({ carried }) => decimal(carried.quantity)))),
    amount: String(ofTerm.reduce((sum, { carried }) => sum + BigInt(carried.amount), 0n)),
  };
}

type Known = Pick<Earlier, 'serviceStart'> & { readonly carried: Carried };

/** What this turn has rated stands for what was stored before it. */
function withOwn(
  work: Workspace,
  charge: Charge,
  { since, loaded }: { since: Instant; loaded: readonly Earlier[] },
): Known[] {
  const periods = new Map(loaded.map((one) => [one.chargeId, one]));
  for (const other of work.all('charges')) {
    const { id, origin, serviceStart, status } = other;
    const counts =
      origin === charge.origin &&
      status !== 'deleted' &&
      compareInstants(serviceStart, since) >= 0 &&
      compareInstants(serviceStart, charge.serviceStart) < 0;
    if (!counts) continue;
    const carried = carriedBy(work, id) ?? periods.get(id)?.carried ?? null;
    periods.set(id, { chargeId: id, serviceStart, carried });
  }
  return [...periods.values()].map(({ chargeId, serviceStart, carried }) => {
    if (carried === null)
      throw new Error(`charge ${chargeId}, an earlier period of this one, is not rated yet`);
    return { serviceStart, carried };
  });
}

function carriedBy(work: Workspace, chargeId: string): Carried | undefined {
  const runs = work.all('runs').filter((run) => run.chargeId === chargeId && run.quantity !== null);
  const last = runs.sort((one, other) => one.number - other.number).at(-1);
  return last?.explanation?.carried;
}

type Stretch = { readonly start: Instant; readonly end: Instant };

function stored(part: Stretch, whole: Stretch): StoredShare {
  const texts = ({ start, end }: Stretch): StoredPeriod => [start.toString(), end.toString()];
  return { part: texts(part), whole: texts(whole) };
}
