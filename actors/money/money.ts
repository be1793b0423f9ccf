// Owns an amount of money: minor units with their currency. Refuses to mix currencies, to round and to convert.
import { type Currency, exponentOf } from '#actors/money/currency.ts';
import { type Dec, decimal } from '#actors/money/decimal.ts';

/** `minor` counts minor units: cents for USD, yen for JPY. */
export type Money = { readonly minor: bigint; readonly currency: Currency };

export function money(minor: bigint, currency: Currency): Money {
  return { minor, currency };
}

export function addMoney(left: Money, right: Money): Money {
  return money(left.minor + right.minor, sameCurrency(left, right));
}

export function subtractMoney(left: Money, right: Money): Money {
  return money(left.minor - right.minor, sameCurrency(left, right));
}

export function negateMoney(amount: Money): Money {
  return money(-amount.minor, amount.currency);
}

/** Negative, zero or positive, as sort functions want it. */
export function compareMoney(left: Money, right: Money): number {
  sameCurrency(left, right);
  return left.minor < right.minor ? -1 : left.minor > right.minor ? 1 : 0;
}

/** Sum in the named currency, zero for no amounts. */
export function sumMoney(amounts: readonly Money[], currency: Currency): Money {
  return amounts.reduce(addMoney, money(0n, currency));
}

/** The amount in major units, exactly: 123456 cents are 1234.56. */
export function majorUnits(amount: Money): Dec {
  return decimal(amount.minor).div(decimal(10).pow(exponentOf(amount.currency)));
}

/** Decimal text with all decimals of the currency and no separators: `1234.50`, `-0.05`, `1500`. */
export function printAmount(amount: Money): string {
  const { sign, whole, fraction } = digitsOf(amount);
  return `${sign}${whole}${fraction}`;
}

/** Text for people, alike in every place and language: `USD 1,234.56`, `JPY -1,500`. */
export function printMoney(amount: Money): string {
  const { sign, whole, fraction } = digitsOf(amount);
  return `${amount.currency} ${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${fraction}`;
}

function digitsOf(amount: Money): { sign: string; whole: string; fraction: string } {
  const exponent = exponentOf(amount.currency);
  const digits = (amount.minor < 0n ? -amount.minor : amount.minor).toString().padStart(exponent + 1, '0');
  const point = digits.length - exponent;
  return {
    sign: amount.minor < 0n ? '-' : '',
    whole: digits.slice(0, point),
    fraction: exponent === 0 ? '' : `.${digits.slice(point)}`,
  };
}

function sameCurrency(left: Money, right: Money): Currency {
  if (left.currency !== right.currency) {
    throw new RangeError(`${left.currency} and ${right.currency} do not mix`);
  }
  return left.currency;
}
