// Owns the union of all charge models, those that need more than a quantity included, and what each asks to be loaded.
import { type Dec, ZERO } from '#actors/money/decimal.ts';
import type { Draft } from '#actors/pricing/draft.ts';
import { draftOf } from '#actors/pricing/draft-of.ts';
import { oneOf } from '#actors/pricing/field-values.ts';
import type { Fields } from '#actors/pricing/fields.ts';
import type { Metered } from '#actors/pricing/metered.ts';
import { type DynamicPrice, parseDynamic, rateDynamic } from '#actors/pricing/models/dynamic.ts';
import {
  type GraduatedPercentagePrice,
  parseGraduatedPercentage,
  rateGraduatedPercentage,
} from '#actors/pricing/models/graduated-percentage.ts';
import { type MatrixPrice, parseMatrix, rateMatrix } from '#actors/pricing/models/matrix.ts';
import {
  looksAtEvents,
  type PercentagePrice,
  parsePercentage,
  ratePercentage,
} from '#actors/pricing/models/percentage.ts';
import { MODEL_PARSERS, type PriceModel } from '#actors/pricing/price.ts';

export type UsageModel = PriceModel | PercentagePrice | GraduatedPercentagePrice | DynamicPrice | MatrixPrice;

const PARSERS = {
  ...MODEL_PARSERS,
  percentage: parsePercentage,
  graduated_percentage: parseGraduatedPercentage,
  dynamic: parseDynamic,
  matrix: parseMatrix,
} as const;

const TYPES = Object.keys(PARSERS) as readonly UsageModel['type'][];

/** Undefined, with a problem, when the type is unknown. */
export function parseUsageModel(fields: Fields): UsageModel | undefined {
  const type = oneOf(fields, 'type', TYPES);
  if (type === undefined) return undefined;
  const model = PARSERS[type](fields);
  fields.refuseOthers();
  return model;
}

/** Whether the model prices units, so that converting them or leaving some free means something. */
export function pricesUnits(model: UsageModel): boolean {
  return ['per_unit', 'package', 'graduated', 'volume'].includes(model.type);
}

/** A part of {@link Metered} that a model is rated on, besides the quantity. */
export type LoadedPart = 'groups' | 'eventAmount' | 'events' | 'paidEvents';

export function loadsFor(model: UsageModel): readonly LoadedPart[] {
  if (model.type === 'matrix') return ['groups'];
  if (model.type === 'dynamic') return ['eventAmount'];
  if (model.type !== 'percentage') return [];
  if (looksAtEvents(model)) return ['events'];
  return model.fixedAmount === undefined ? [] : ['paidEvents'];
}

/** What the model makes of the usage, not rounded. A quantity below zero counts as zero. */
export function rateModel(model: UsageModel, metered: Metered): Draft {
  const quantity: Dec = metered.quantity.isNegative() ? ZERO : metered.quantity;
  switch (model.type) {
    case 'percentage':
      return ratePercentage(model, metered);
    case 'graduated_percentage':
      return rateGraduatedPercentage(model, quantity);
    case 'dynamic':
      return rateDynamic(model, metered);
    case 'matrix':
      return rateMatrix(model, metered);
    default:
      return draftOf(model, quantity);
  }
}
