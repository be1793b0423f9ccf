// Owns which charge model rates a quantity: those that need nothing but the quantity. Refuses rounding and currencies.
import type { Dec } from '#actors/money/decimal.ts';
import type { Draft } from '#actors/pricing/draft.ts';
import { rateFlat } from '#actors/pricing/models/flat.ts';
import { rateGraduated } from '#actors/pricing/models/graduated.ts';
import { ratePackage } from '#actors/pricing/models/package.ts';
import { ratePerUnit } from '#actors/pricing/models/per-unit.ts';
import { rateVolume } from '#actors/pricing/models/volume.ts';
import type { PriceModel } from '#actors/pricing/price.ts';

/** What a model makes of a quantity of at least 0, not rounded. */
export function draftOf(model: PriceModel, quantity: Dec): Draft {
  switch (model.type) {
    case 'flat':
      return rateFlat(model);
    case 'per_unit':
      return ratePerUnit(model, quantity);
    case 'package':
      return ratePackage(model, quantity);
    case 'graduated':
      return rateGraduated(model, quantity);
    case 'volume':
      return rateVolume(model, quantity);
    default:
      return model satisfies never;
  }
}
