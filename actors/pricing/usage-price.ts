// Owns a price with all its terms: the charge model and what surrounds it, in the order in which rating applies them.
// Refuses terms that mean nothing for the model.

import { WINDOW_UNITS, type WindowUnit } from '#actors/calendar/window.ts';
import { decimal } from '#actors/money/decimal.ts';
import {
  oneOf,
  optionalAmount,
  optionalObject,
  optionalPercentShare,
  optionalText,
} from '#actors/pricing/field-values.ts';
import { type Fields, type PriceProblem, readFields } from '#actors/pricing/fields.ts';
import { committedAmount } from '#actors/pricing/rate-commitment.ts';
import { type Commitment, parseCommitment } from '#actors/pricing/terms/commitment.ts';
import { type Conversion, parseConversion } from '#actors/pricing/terms/conversion.ts';
import { type FreeUnits, parseFreeUnits } from '#actors/pricing/terms/free-units.ts';
import { parseUsageFilter, type UsageFilter } from '#actors/pricing/usage-filter.ts';
import { parseUsageModel, pricesUnits, type UsageModel } from '#actors/pricing/usage-model.ts';

/** Amounts are decimal text in major units. Everything but the model is optional. */
export type UsagePrice = {
  readonly model: UsageModel;
  /** Key of the unit that its amounts are in; absent: the currency. */
  readonly priceUnit?: string;
  /** The part of its meter's usage that it counts; absent: what no other price of the plan takes. */
  readonly filter?: UsageFilter;
  /** Each window of the period is converted, freed, priced and committed on its own, then summed. */
  readonly ratedPer?: WindowUnit;
  readonly conversion?: Conversion;
  readonly freeUnits?: FreeUnits;
  readonly discountPercent?: string;
  readonly commitment?: Commitment;
  readonly maximum?: string;
  readonly minimum?: string;
};

/**
 * Reads `{ model: {type, …}, conversion, freeUnits, … }` from outside. Gives the price with normalized decimals, or every
 * problem found with its JSON pointer: an array means refused. Fields that no price has are refused, not dropped.
 */
export function parseUsagePrice(json: unknown): UsagePrice | readonly PriceProblem[] {
  const problems: PriceProblem[] = [];
  const fields = readFields(json, '', problems);
  if (fields === undefined) return problems;
  const modelFields = optionalObject(fields, 'model');
  const model = modelFields === undefined ? undefined : parseUsageModel(modelFields);
  if (model === undefined) {
    if (problems.length === 0) fields.problem('model', 'is required');
    return problems;
  }
  const price = { model, ...parseTerms(fields) };
  fields.refuseOthers();
  refuseMeaningless(fields, price);
  return problems.length > 0 ? problems : price;
}

/** The window whose quantities this price is rated on; undefined when the quantity of the period is enough. */
export function windowOf({ ratedPer, freeUnits }: UsagePrice): WindowUnit | undefined {
  const reset = freeUnits?.reset;
  return ratedPer ?? (reset === 'period' || reset === 'never' ? undefined : reset);
}

/** Each term, and whether it changes what amount a quantity makes. */
const TERMS: Readonly<Record<Exclude<keyof UsagePrice, 'model'>, boolean>> = {
  priceUnit: false,
  filter: false,
  ratedPer: true,
  conversion: true,
  freeUnits: true,
  discountPercent: true,
  commitment: true,
  maximum: true,
  minimum: true,
};

const AMOUNT_TERMS = Object.entries(TERMS).flatMap(([name, changes]) =>
  changes ? [name as keyof typeof TERMS] : [],
);

/** Whether anything but the charge model makes an amount of a quantity. */
export function hasTerms(price: UsagePrice): boolean {
  return AMOUNT_TERMS.some((name) => price[name] !== undefined);
}

function parseTerms(fields: Fields): Omit<UsagePrice, 'model'> {
  const ratedPer =
    fields.take('ratedPer') === undefined ? undefined : oneOf(fields, 'ratedPer', WINDOW_UNITS);
  const priceUnit = optionalText(fields, 'priceUnit');
  const filter = optionalObject(fields, 'filter');
  const conversion = optionalObject(fields, 'conversion');
  const freeUnits = optionalObject(fields, 'freeUnits');
  const commitment = optionalObject(fields, 'commitment');
  const discountPercent = optionalPercentShare(fields, 'discountPercent');
  const maximum = optionalAmount(fields, 'maximum');
  const minimum = optionalAmount(fields, 'minimum');
  return {
    ...(priceUnit !== undefined && { priceUnit }),
    ...(filter !== undefined && { filter: parseUsageFilter(filter) }),
    ...(ratedPer !== undefined && { ratedPer }),
    ...(conversion !== undefined && { conversion: parseConversion(conversion) }),
    ...(freeUnits !== undefined && { freeUnits: parseFreeUnits(freeUnits) }),
    ...(discountPercent !== undefined && { discountPercent }),
    ...(commitment !== undefined && { commitment: parseCommitment(commitment) }),
    ...(maximum !== undefined && { maximum }),
    ...(minimum !== undefined && { minimum }),
  };
}

function refuseMeaningless(fields: Fields, price: UsagePrice): void {
  const { model, maximum, minimum, freeUnits, commitment, ratedPer } = price;
  const given = (name: keyof UsagePrice): boolean => price[name] !== undefined;
  const onlyUnits = ['ratedPer', 'conversion', 'freeUnits'] as const;
  const onlyUsage = ['filter', 'commitment', 'maximum', 'minimum'] as const;
  for (const name of onlyUnits) {
    if (given(name) && !pricesUnits(model)) fields.problem(name, `means nothing for a ${model.type} price`);
  }
  for (const name of onlyUsage) {
    if (given(name) && model.type === 'flat') fields.problem(name, 'means nothing for a flat price');
  }
  if (maximum !== undefined && minimum !== undefined && decimal(minimum).greaterThan(maximum)) {
    fields.problem('minimum', 'must not be above maximum');
  }
  const reset = windowOf({ model, ...(freeUnits !== undefined && { freeUnits }) });
  if (reset !== undefined && ratedPer !== undefined && reset !== ratedPer) {
    fields.problem('freeUnits', `must come back with each ${ratedPer}, in which the price is rated`);
  }
  if (commitment?.over === 'term' && ratedPer !== undefined) {
    fields.problem('commitment', 'is over a window when ratedPer names one, and cannot be over a term');
  }
  if (commitment?.over === 'term' && given('priceUnit')) {
    fields.problem('commitment', 'over a term is an amount of the currency: the price of a unit changes');
  }
  if (commitment?.type === 'quantity' && !pricesUnits(model)) {
    fields.problem('commitment', `needs an amount for a ${model.type} price`);
  }
  refuseCutTrueUp(fields, price);
}

/** A maximum below the commitment would cut what the true-up asks for. */
function refuseCutTrueUp(fields: Fields, price: UsagePrice): void {
  const { commitment, maximum } = price;
  if (fields.problems.length > 0 || maximum === undefined || commitment?.trueUp !== true) return;
  const most = decimal(maximum).times(commitment.periods ?? 1);
  if (committedAmount(price, commitment).greaterThan(most)) {
    fields.problem('maximum', 'must not be below the commitment, which is billed in full in the end');
  }
}
