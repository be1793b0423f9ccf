// Owns the union of the charge models that need nothing but a quantity, and who reads each from JSON. Stored as it is, in
// prices.model, with decimals as text. Refuses cadence, meters and dates, which belong to the plan.
import { type FlatPrice, parseFlat } from '#actors/pricing/models/flat.ts';
import { type GraduatedPrice, parseGraduated } from '#actors/pricing/models/graduated.ts';
import { type PackagePrice, parsePackage } from '#actors/pricing/models/package.ts';
import { type PerUnitPrice, parsePerUnit } from '#actors/pricing/models/per-unit.ts';
import { parseVolume, type VolumePrice } from '#actors/pricing/models/volume.ts';

export type PriceModel = FlatPrice | PerUnitPrice | PackagePrice | GraduatedPrice | VolumePrice;

/** The parser of each type. */
export const MODEL_PARSERS = {
  flat: parseFlat,
  per_unit: parsePerUnit,
  package: parsePackage,
  graduated: parseGraduated,
  volume: parseVolume,
} as const;
