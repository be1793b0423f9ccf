// Owns the facts that our arithmetic disagrees with on purpose, each with the reason and the decision behind it.
import type { Source } from './facts.ts';

/** `decision` is a file of docs/decisions; null where the fact itself leaves something out. */
export type Difference = { readonly reason: string; readonly decision: string | null };

const ANCHOR = '0002-boundaries-are-counted-from-the-anchor.md';
const STRICT = '0009-strict-decimals-and-prices.md';

const FROM_ANCHOR: Difference = {
  reason: 'boundaries are counted from the anchor, whose own instant is one of them',
  decision: ANCHOR,
};
const STUB: Difference = {
  reason: 'what lies between the start and the next boundary is a short first period of its own',
  decision: ANCHOR,
};
const UNSTATED: Difference = {
  reason: 'agrees only where usage is billed monthly, which this fact does not state',
  decision: null,
};

/** By id of the fact. */
export const DIFFERENCES: Readonly<Partial<Record<Source, Readonly<Record<string, Difference>>>>> = {
  engine: {
    'price-empty-tiers': {
      reason: 'a tiered price without tiers is refused when it is made',
      decision: STRICT,
    },
  },
  flexprice: {
    'nbd-monthly_calendar-04': FROM_ANCHOR,
    'nbd-monthly_calendar-07': FROM_ANCHOR,
    'nbd-annual_calendar-05': FROM_ANCHOR,
    'nbd-quarterly_calendar_backwardcompat-01': FROM_ANCHOR,
    'nbd-halfyearly_calendar_backwardcompat-01': FROM_ANCHOR,
    'nbd-halfyearly_calendar_backwardcompat-02': FROM_ANCHOR,
    'nbd-firstanchor-02': STUB,
    'nbd-firstanchor-04': STUB,
    'nbd-scenario-12': STUB,
    'time-floor-day-06': { reason: 'an unknown time zone is refused, not read as UTC', decision: STRICT },
  },
  killbill: {
    'kb-cycles-065': {
      reason:
        'the period before 28 Feb of a cycle on day 31 began on 31 Jan: boundaries keep the day of the anchor',
      decision: ANCHOR,
    },
  },
  lago: {
    'dates-semiannual-027': UNSTATED,
    'dates-yearly-032': UNSTATED,
  },
  openmeter: {
    'rate-unitconfig-rating-02': {
      reason: 'parts of a period are converted together; converted alone they would cost more than the whole',
      decision: '0008-conversion-and-free-units.md',
    },
  },
};
