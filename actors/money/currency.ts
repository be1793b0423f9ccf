// Owns the currencies of ISO 4217 and how many decimals each has. Refuses to know names, symbols and exchange rates.
// Active codes with a minor unit; metals, test codes and special drawing rights have none and are not here.

declare const brand: unique symbol;

/** An upper-case ISO 4217 code that this table knows. */
export type Currency = string & { readonly [brand]: 'currency' };

const CODES_BY_EXPONENT: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW ' +
    'CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF ' +
    'IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK ' +
    'MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP ' +
    'SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG ' +
    'YER ZAR ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

const EXPONENTS: ReadonlyMap<string, number> = new Map(
  Object.entries(CODES_BY_EXPONENT).flatMap(([exponent, codes]) =>
    codes.split(' ').map((code) => [code, Number(exponent)] as const),
  ),
);

/** The currency of an upper-case ISO 4217 code; undefined for any other text. */
export function parseCurrency(text: string): Currency | undefined {
  return EXPONENTS.has(text) ? (text as Currency) : undefined;
}

/** As {@link parseCurrency} for a code we stored or wrote ourselves. Throws RangeError on an unknown one. */
export function currency(code: string): Currency {
  const known = parseCurrency(code);
  if (known === undefined) throw new RangeError(`unknown currency ${JSON.stringify(code)}`);
  return known;
}

/** Decimals of the minor unit: 2 for USD, 0 for JPY, 3 for BHD. */
export function exponentOf(known: Currency): number {
  const exponent = EXPONENTS.get(known);
  if (exponent === undefined) throw new RangeError(`unknown currency ${known}`);
  return exponent;
}

/** All known codes, in alphabetical order: for documents and tests. */
export function allCurrencies(): readonly Currency[] {
  return [...EXPONENTS.keys()].sort() as Currency[];
}
