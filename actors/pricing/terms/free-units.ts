// Owns the units that cost nothing before pricing, and when the allowance comes back.
import { prorate } from '#actors/calendar/period.ts';
import { WINDOW_UNITS } from '#actors/calendar/window.ts';
import { type Dec, Decimal, decimal, ZERO } from '#actors/money/decimal.ts';
import { choice, positive } from '#actors/pricing/field-values.ts';
import type { Fields } from '#actors/pricing/fields.ts';
import { asked } from '#actors/pricing/metered.ts';
import type { Share } from '#actors/pricing/rating-context.ts';

const RESETS = ['period', 'never', ...WINDOW_UNITS] as const;

/** Each service period, each window of it (such as a day), or once for as long as the price is held brings the allowance. */
export type FreeUnits = { readonly quantity: string; readonly reset: (typeof RESETS)[number] };

/** Where a prorated allowance is cut, so that it can be shown. */
const ALLOWANCE_PLACES = 12;

export function parseFreeUnits(fields: Fields): FreeUnits {
  const free = { quantity: positive(fields, 'quantity'), reset: choice(fields, 'reset', RESETS) };
  fields.refuseOthers();
  return free;
}

/** What of each window is charged; a period that is rated whole is one window. */
export type Charged = readonly Dec[];

type Used = {
  readonly windows: readonly Dec[];
  /** Used in earlier periods, for an allowance that never comes back. */
  readonly before: Dec | undefined;
  readonly share: Share | undefined;
};

/**
 * An allowance of a period shrinks with the share of it that was served (ruling R16) and is spent window by window. One
 * that never comes back is not prorated and is what earlier periods left of it.
 */
export function chargeable(free: FreeUnits, used: Used): Charged {
  const allowance = decimal(free.quantity);
  if (free.reset !== 'period' && free.reset !== 'never') {
    return used.windows.map((quantity) => beyond(quantity, allowance));
  }
  let left =
    free.reset === 'never'
      ? beyond(allowance, asked(used.before, 'what earlier periods used'))
      : proratedAllowance(allowance, used.share);
  return used.windows.map((quantity) => {
    const charged = beyond(quantity, left);
    left = beyond(left, quantity);
    return charged;
  });
}

function proratedAllowance(allowance: Dec, share: Share | undefined): Dec {
  if (share === undefined) return allowance;
  return prorate(allowance, share.part, share.whole).toDecimalPlaces(ALLOWANCE_PLACES);
}

function beyond(quantity: Dec, allowance: Dec): Dec {
  return Decimal.max(quantity.minus(Decimal.max(allowance, ZERO)), ZERO);
}
