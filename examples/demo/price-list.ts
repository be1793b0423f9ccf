// Owns what the demo's seller charges, in dollars as decimal text. Both the plan sent to the API and the recomputation
// read it, and nothing else.

export const CURRENCY = 'USD';

/** Each month, in advance. */
export const MONTHLY_FEE = '29.00';

/** Graduated: each token at the price of the tier it falls in; bounds are inclusive, the last tier is open. */
export const INPUT_TOKEN_TIERS = [
  { upTo: '250000', unitAmount: '0.000012' },
  { upTo: '1000000', unitAmount: '0.000009' },
  { upTo: null, unitAmount: '0.000006' },
] as const;

export const OUTPUT_TOKEN_PRICE = '0.000375';

/** A package begun is a package sold. */
export const REQUEST_PACKAGE = { size: '1000', amount: '2.50' } as const;
