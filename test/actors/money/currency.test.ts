// Proves the table of currencies: its codes, its exponents, and that other spellings are refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allCurrencies, currency, exponentOf, parseCurrency } from '#actors/money/currency.ts';

test('each code is three capital letters and stands once in the table', () => {
  const codes = allCurrencies();
  assert.equal(new Set(codes).size, codes.length);
  assert.ok(codes.length > 150);
  for (const code of codes) assert.match(code, /^[A-Z]{3}$/);
});

test('exponents are those of ISO 4217', () => {
  const expected = { USD: 2, EUR: 2, JPY: 0, KRW: 0, ISK: 0, HUF: 2, MGA: 2, BHD: 3, TND: 3, CLF: 4, UYW: 4 };
  for (const [code, exponent] of Object.entries(expected))
    assert.equal(exponentOf(currency(code)), exponent, code);
});

test('the platform knows no other exponent for a currency in common use', () => {
  for (const code of ['USD', 'EUR', 'GBP', 'JPY', 'KRW', 'VND', 'INR', 'BRL', 'KWD', 'JOD', 'CLP', 'PYG']) {
    const { maximumFractionDigits } = new Intl.NumberFormat('en', {
      style: 'currency',
      currency: code,
    }).resolvedOptions();
    assert.equal(exponentOf(currency(code)), maximumFractionDigits, code);
  }
});

test('what is no active code is refused', () => {
  for (const text of ['usd', 'US', 'USDT', 'XAU', 'XXX', 'XTS', 'DEM', 'HRK', '']) {
    assert.equal(parseCurrency(text), undefined, text);
  }
  assert.throws(() => currency('usd'), RangeError);
});
