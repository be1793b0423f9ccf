// Owns the rules of units that prices can be in: a rate from the beginning in each currency, later ones in their order.
import { parseCurrency } from '#actors/money/currency.ts';
import { type Rejection, reject } from '#actors/rejection.ts';

export type UnitRequest = {
  readonly key: string;
  readonly rates: readonly { readonly currency: string; readonly rate: string }[];
};

export type RateRequest = {
  readonly unit: string;
  readonly currency: string;
  /** RFC 3339 with six decimals; undefined: from the beginning. */
  readonly effectiveAt: string | undefined;
};

/** Undefined when the unit may be made. */
export function refuseUnit(
  { key, rates }: UnitRequest,
  facts: { readonly keyTaken: boolean },
): Rejection | undefined {
  if (facts.keyTaken) return reject('key_taken', `there is a price unit with the key ${key}`, '/key');
  for (const [position, { currency }] of rates.entries()) {
    const at = `/rates/${position}/currency`;
    if (parseCurrency(currency) === undefined)
      return reject('unknown_currency', `${currency} is not a currency`, at);
    if (rates.findIndex((other) => other.currency === currency) < position)
      return reject('invalid_request', `${currency} is there twice`, at);
  }
  return undefined;
}

/**
 * Undefined when the rate may be set. `last` is when the last one in its currency comes into force, null when that is the
 * first one, undefined when there is none.
 */
export function refuseRate(
  { currency, effectiveAt }: RateRequest,
  last: string | null | undefined,
): Rejection | undefined {
  if (parseCurrency(currency) === undefined)
    return reject('unknown_currency', `${currency} is not a currency`, '/currency');
  if (last === undefined) {
    return effectiveAt === undefined
      ? undefined
      : reject('invalid_request', `the first rate in ${currency} holds from the beginning`, '/effectiveAt');
  }
  if (effectiveAt === undefined) return reject('invalid_request', 'is required', '/effectiveAt');
  if (last === null || effectiveAt > last) return undefined;
  return reject('rate_out_of_order', `the rate from ${last} on is set already`, '/effectiveAt');
}
