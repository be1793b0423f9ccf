// Owns what a price can be: the union of charge models and its reading from JSON. Refuses cadence, meters and dates,
// which belong to the plan. Stored as it is, in prices.model, with decimals as text.
import { oneOf } from '#actors/pricing/field-values.ts';
import { type PriceProblem, readFields } from '#actors/pricing/fields.ts';
import { type FlatPrice, parseFlat } from '#actors/pricing/models/flat.ts';
import { type GraduatedPrice, parseGraduated } from '#actors/pricing/models/graduated.ts';
import { type PackagePrice, parsePackage } from '#actors/pricing/models/package.ts';
import { type PerUnitPrice, parsePerUnit } from '#actors/pricing/models/per-unit.ts';
import { parseVolume, type VolumePrice } from '#actors/pricing/models/volume.ts';

export type PriceModel = FlatPrice | PerUnitPrice | PackagePrice | GraduatedPrice | VolumePrice;

export type PriceType = PriceModel['type'];

/** The parser of each type. */
export const MODEL_PARSERS = {
  flat: parseFlat,
  per_unit: parsePerUnit,
  package: parsePackage,
  graduated: parseGraduated,
  volume: parseVolume,
} as const;

export const PRICE_TYPES = Object.keys(MODEL_PARSERS) as readonly PriceType[];

/**
 * Reads a price model from outside. Gives the model with normalized decimals, or every problem found with a JSON pointer
 * relative to the model: an array means refused. Fields that no model has are refused, not dropped.
 */
export function parsePriceModel(json: unknown): PriceModel | readonly PriceProblem[] {
  const problems: PriceProblem[] = [];
  const fields = readFields(json, '', problems);
  if (fields === undefined) return problems;
  const type = oneOf(fields, 'type', PRICE_TYPES);
  if (type === undefined) return problems;
  const model = MODEL_PARSERS[type](fields);
  fields.refuseOthers();
  return problems.length > 0 ? problems : model;
}
