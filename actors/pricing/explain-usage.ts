// Owns how a rating with terms reads: the quantity, the charge model's steps, each adjustment, the sum.
import { printDecimal } from '#actors/money/decimal.ts';
import { money, printMoney } from '#actors/money/money.ts';
import type { Adjustment } from '#actors/pricing/adjustments.ts';
import { quantityText, type RatedUsage } from '#actors/pricing/rate-usage.ts';
import { inCurrency } from '#actors/pricing/rating-context.ts';
import { stepText } from '#actors/pricing/rating-step.ts';

/** Sentences in the order of rating; the last one states the amount. */
export function explainUsage(rated: RatedUsage): string[] {
  const { currency, unit } = rated.context;
  const print = (minor: bigint): string => printMoney(money(minor, currency));
  return [
    ...quantityText(rated),
    ...rated.steps.map((step) => stepText(step, unit?.key ?? currency)),
    ...unitText(rated),
    `listed ${currency} ${printDecimal(inCurrency(rated.exact, rated.context))}, rounded once to ${print(rated.listed)}`,
    ...rated.adjustments.map((part) => `${adjustmentText(part)}: ${print(BigInt(part.amount))}`),
    ...(rated.adjustments.length > 0 ? [`amount ${print(rated.amount)}`] : []),
  ];
}

function unitText({ exact, context }: RatedUsage): string[] {
  const { currency, unit } = context;
  if (unit === undefined) return [];
  const made = printDecimal(inCurrency(exact, context));
  return [
    `${unit.key} ${printDecimal(exact)} at ${currency} ${printDecimal(unit.rate)} each: ${currency} ${made}`,
  ];
}

function adjustmentText(part: Adjustment): string {
  switch (part.kind) {
    case 'discount':
      return `discount of ${part.percent} %`;
    case 'overage':
      return `what lies beyond the commitment counts ${part.factor} times`;
    case 'true_up':
      return 'missing to the commitment';
    case 'maximum_spend':
      return 'beyond the maximum';
    case 'minimum_spend':
      return 'missing to the minimum';
    default:
      return part satisfies never;
  }
}
