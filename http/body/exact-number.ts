// Owns the question whether a JSON number means the same after JavaScript has read it.

/** Beyond this an exponent cannot belong to a finite binary64 number, and comparing digits would be a waste. */
const EXPONENT_MAX = 400;

/** True when the decimal value of `source` (a JSON number) equals the decimal value of the number it is read as. */
export function isExactNumber(source: string): boolean {
  const read = Number(source);
  if (!Number.isFinite(read)) return false;
  const wanted = normalize(source);
  const got = normalize(String(read));
  return wanted !== undefined && wanted === got;
}

/** Digits without outer zeros, and the power of ten of the last one: `-1.50e3` → `-15e2`. Undefined: too far out. */
function normalize(number: string): string | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = Number(exponent) - fraction.length + (digits.length - significant.length);
  if (Math.abs(Number(exponent)) > EXPONENT_MAX) return undefined;
  return `${sign}${significant}e${power}`;
}
