// Owns the facts that our arithmetic disagrees with on purpose, each with the reason and the decision behind it.
import type { Source } from './facts.ts';

/** `decision` is a file of docs/decisions. */
export type Difference = { readonly reason: string; readonly decision: string };

const ANCHOR = '0002-boundaries-are-counted-from-the-anchor.md';
const STRICT = '0009-strict-decimals-and-prices.md';

const ELAPSED = '0070-parts-of-fees-are-elapsed-time.md';
const IDENTITY = '0071-an-event-is-known-by-its-sender-and-id.md';
const LATE_PARTS = '0072-late-parts-are-lines-of-the-run-that-finds-them.md';
const HELD = '0073-held-units-choose-their-tier.md';
const WINDOWS = '0074-windows-are-of-the-calendar.md';
const METERS = '0075-what-a-meter-counts.md';

const BY_SECONDS: Difference = {
  reason: 'the rest of a period is its elapsed time, not its days with both ends',
  decision: ELAPSED,
};
const HELD_TIER: Difference = {
  reason: 'units held for part of a period choose the tier as they are priced, not at their full number',
  decision: HELD,
};
const CURRENT_RUN: Difference = {
  reason: 'the totals agree; the lines are those of the run that found the late usage',
  decision: LATE_PARTS,
};
const FROM_ANCHOR: Difference = {
  reason: 'boundaries are counted from the anchor, whose own instant is one of them',
  decision: ANCHOR,
};
const STUB: Difference = {
  reason: 'what lies between the start and the next boundary is a short first period of its own',
  decision: ANCHOR,
};

/** By id of the fact. */
export const DIFFERENCES: Readonly<Partial<Record<Source, Readonly<Record<string, Difference>>>>> = {
  engine: {
    'price-empty-tiers': {
      reason: 'a tiered price without tiers is refused when it is made',
      decision: STRICT,
    },
    'meter-dup-other-meter': {
      reason: 'an event is sent once and read by every meter of its type, so its id is not that of one meter',
      decision: IDENTITY,
    },
    'meter-too-old': {
      reason: 'no age is refused: what no open charge covers is stored and answered accepted_unbilled',
      decision: '0011-usage-that-is-never-billed-says-so.md',
    },
  },
  flexprice: {
    'proration-downgrade': BY_SECONDS,
    'proration-quantity': BY_SECONDS,
    'proration-remove': BY_SECONDS,
    'proration-svc-upgrade': BY_SECONDS,
    'proration-svc-downgrade-1000': BY_SECONDS,
    'windows-month-31-leap': {
      reason: 'a window of a month is a month of the calendar unless a billing cycle is asked for',
      decision: WINDOWS,
    },
    'extract-sum-nofield': {
      reason: 'a meter that sums names the property, and an event without it is refused, not counted as 0',
      decision: METERS,
    },
    'extract-multiplier-missing': {
      reason: 'a meter without a multiplier counts each value once, not as 0',
      decision: METERS,
    },
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
    'cm-volume-10': HELD_TIER,
    'cm-progrd-1': HELD_TIER,
    'cm-progrd-4': HELD_TIER,
    'cm-progrd-6': HELD_TIER,
    'agg-prosum-2': {
      reason:
        'the units agree; only events of the period are counted, not those that set the level before it',
      decision: METERS,
    },
    'subfee-14': {
      reason: 'the day of a switch is divided at its instant, not given to the new subscription',
      decision: ELAPSED,
    },
  },
  openmeter: {
    'prog-periodpreserving-engine-01': CURRENT_RUN,
    'prog-periodpreserving-engine-02': CURRENT_RUN,
    'prog-periodpreserving-engine-06': CURRENT_RUN,
    'prog-periodpreserving-engine-10': CURRENT_RUN,
    'rate-tieredvolume-01': {
      reason: 'a volume price is rated in parts like any other, the later part correcting the earlier',
      decision: LATE_PARTS,
    },
    'rate-unitconfig-rating-02': {
      reason: 'parts of a period are converted together; converted alone they would cost more than the whole',
      decision: '0008-conversion-and-free-units.md',
    },
  },
};
