// Owns the facts that our arithmetic disagrees with on purpose, each with the reason.
import type { Source } from './facts.ts';

const FROM_ANCHOR = 'boundaries are counted from the anchor, whose own instant is one of them';
const STUB =
  'what lies between the start and the next boundary is a short first period, never added to the next';
const UNSTATED = 'agrees only where usage is billed monthly, which this fact does not state';

/** Reason by id of the fact. */
export const DIFFERENCES: Readonly<Partial<Record<Source, Readonly<Record<string, string>>>>> = {
  engine: {
    'price-empty-tiers': 'a tiered price without tiers is refused when it is made',
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
    'time-floor-day-06': 'an unknown time zone is refused, not read as UTC',
  },
  killbill: {
    'kb-cycles-065':
      'the period before 28 Feb of a cycle on day 31 began on 31 Jan: boundaries keep the day of the anchor',
  },
  lago: {
    'dates-semiannual-027': UNSTATED,
    'dates-yearly-032': UNSTATED,
  },
};
