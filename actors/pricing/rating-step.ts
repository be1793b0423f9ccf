// Owns the steps that explain a rated amount, in a form that can be stored as JSON and read to a customer.
// Decimals are plain text in major units; the subtotals of all steps add up to the unrounded amount.

export type RatingStep =
  | { readonly kind: 'fixed'; readonly subtotal: string }
  | {
      readonly kind: 'units';
      readonly quantity: string;
      readonly unitAmount: string;
      readonly subtotal: string;
    }
  | {
      readonly kind: 'packages';
      readonly quantity: string;
      readonly size: string;
      readonly packages: string;
      readonly unitAmount: string;
      readonly subtotal: string;
    }
  | TierStep
  | {
      readonly kind: 'percentage';
      readonly base: string;
      readonly ratePercent: string;
      readonly subtotal: string;
    }
  | {
      readonly kind: 'event_fees';
      readonly events: string;
      readonly fixedAmount: string;
      readonly subtotal: string;
    }
  | BoundedEventsStep
  | {
      readonly kind: 'multiplied';
      readonly base: string;
      readonly multiplier: string;
      readonly subtotal: string;
    }
  | {
      readonly kind: 'group';
      readonly values: Readonly<Record<string, string>>;
      readonly quantity: string;
      readonly unitAmount: string;
      readonly subtotal: string;
    };

/** Events that were priced one by one because each has a least or a most; `base` is the money that was not free. */
type BoundedEventsStep = {
  readonly kind: 'bounded_events';
  readonly events: number;
  readonly base: string;
  readonly ratePercent: string;
  readonly fixedAmount?: string;
  readonly minimum?: string;
  readonly maximum?: string;
  readonly subtotal: string;
};

/**
 * One tier's part. Graduated: the units in (from, to]. Volume: all units, in the one tier that was reached.
 * `to` is null for the open tier; a part that the tier does not price is absent.
 */
export type TierStep = {
  readonly kind: 'tier';
  readonly tier: number;
  readonly from: string;
  readonly to: string | null;
  readonly quantity: string;
  readonly unitAmount?: string;
  readonly flatAmount?: string;
  readonly subtotal: string;
};

/** One line for people: what was counted and what it cost, in the currency named. */
export function stepText(step: RatingStep, currency: string): string {
  const cost = `${currency} ${step.subtotal}`;
  switch (step.kind) {
    case 'fixed':
      return `fixed amount: ${cost}`;
    case 'units':
      return `${step.quantity} units at ${currency} ${step.unitAmount} each: ${cost}`;
    case 'packages':
      return `${step.quantity} units in packages of ${step.size}: ${step.packages} at ${currency} ${step.unitAmount} each: ${cost}`;
    case 'tier':
      return `${tierText(step)}: ${tierParts(step, currency).join(' plus ')}: ${cost}`;
    case 'percentage':
      return `${step.ratePercent} % of ${currency} ${step.base}: ${cost}`;
    case 'event_fees':
      return `${step.events} events at ${currency} ${step.fixedAmount} each: ${cost}`;
    case 'bounded_events':
      return `${boundedText(step, currency)}: ${cost}`;
    case 'multiplied':
      return `${currency} ${step.base} times ${step.multiplier}: ${cost}`;
    case 'group':
      return `${groupText(step.values)}: ${step.quantity} units at ${currency} ${step.unitAmount} each: ${cost}`;
    default:
      return step satisfies never;
  }
}

function tierText(step: TierStep): string {
  const bounds = step.to === null ? `above ${step.from}` : `above ${step.from} up to ${step.to}`;
  return `tier ${step.tier} (${bounds})`;
}

function tierParts(step: TierStep, currency: string): string[] {
  const units =
    step.unitAmount === undefined
      ? `${step.quantity} units`
      : `${step.quantity} units at ${currency} ${step.unitAmount} each`;
  return step.flatAmount === undefined ? [units] : [units, `${currency} ${step.flatAmount} for the tier`];
}

function boundedText(step: BoundedEventsStep, currency: string): string {
  const parts = [
    `${step.events} events of ${currency} ${step.base} in sum, ${step.ratePercent} % of each`,
    ...(step.fixedAmount === undefined ? [] : [`plus ${currency} ${step.fixedAmount}`]),
    ...(step.minimum === undefined ? [] : [`at least ${currency} ${step.minimum}`]),
    ...(step.maximum === undefined ? [] : [`at most ${currency} ${step.maximum}`]),
  ];
  return parts.join(', ');
}

function groupText(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([dimension, value]) => `${dimension} ${value}`)
    .join(', ');
}
