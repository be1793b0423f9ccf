// Owns values in Postgres' binary format. As text a row took the server twice the time to read, and JSON in it four times
// (measured); nothing in this format needs quotes.

/** Element types that the composite types of a save are made of, by the number that every Postgres gives them. */
const OID = {
  boolean: 16,
  bigint: 20,
  integer: 23,
  text: 25,
  json: 114,
  date: 1082,
  timestamptz: 1184,
  numeric: 1700,
  jsonb: 3802,
} as const;

/** Postgres counts from 2000-01-01. */
const EPOCH_MICROSECONDS = 946_684_800_000_000n;
const EPOCH_DAY = Temporal.PlainDate.from('2000-01-01');
const UTF8_BYTES_MAX = 3;

/** A turn writes hundreds of texts of some twenty characters: a loop of our own is quicker than the call for one of them. */
const SHORT = 64;

/** A number of eight bytes: the upper four with its sign, and the lower ones, of which only the bits count. */
type Int64 = { readonly high: number; readonly low: number };

/** Bytes that grow as values are put at their end. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(1 << 16);
  #length = 0;

  /** A copy of all that was put since the last time. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return taken;
  }

  byte(value: number): void {
    const bytes = this.#room(1);
    bytes[this.#length++] = value;
  }

  int16(value: number): void {
    const bytes = this.#room(2);
    bytes[this.#length++] = value >>> 8;
    bytes[this.#length++] = value;
  }

  /** Four bytes, of a number with or without a sign. */
  int32(value: number): void {
    const bytes = this.#room(4);
    const at = this.#length;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
    this.#length = at + 4;
  }

  /** Two halves of four bytes. */
  int64({ high, low }: Int64): void {
    this.int32(high);
    this.int32(low);
  }

  /** UTF-8. */
  text(value: string): void {
    const bytes = this.#room(value.length * UTF8_BYTES_MAX);
    this.#length += isPut(bytes, this.#length, value) ? value.length : bytes.write(value, this.#length);
  }

  /** Leaves room for the length of what follows; `closeLength` fills it. Not a callback: that would be an object a value. */
  openLength(): number {
    const place = this.#length;
    this.int32(0);
    return place;
  }

  /** Writes how much was put since, at the place that `openLength` said. */
  closeLength(place: number): void {
    this.int32At(place, this.#length - place - 4);
  }

  /** Four bytes in the place of four that were put before. */
  int32At(place: number, value: number): void {
    const end = this.#length;
    this.#length = place;
    this.int32(value);
    this.#length = end;
  }

  #room(more: number): Buffer {
    const needed = this.#length + more;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(needed * 2);
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}

/** False, with nothing that counts, for what is long or not of ASCII. */
function isPut(bytes: Uint8Array, at: number, text: string): boolean {
  if (text.length > SHORT) return false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 127) return false;
    bytes[at + index] = code;
  }
  return true;
}

/**
 * Puts a value of the type behind its length: text, numbers and bigints, booleans, instants, decimals as text, JSON as an object
 * or as its text. Throws what Postgres would say of the text of a value that is not of its type, so that its charge is found.
 */
export function putValue(bytes: ByteWriter, oid: number, value: unknown): void {
  const place = bytes.openLength();
  switch (oid) {
    case OID.text:
      bytes.text(String(value));
      break;
    case OID.timestamptz:
      bytes.int64(sinceEpoch(value));
      break;
    case OID.bigint:
      bytes.int64(int64(value));
      break;
    case OID.integer:
      bytes.int32(int32(value));
      break;
    case OID.boolean:
      bytes.byte(value === true ? 1 : 0);
      break;
    case OID.numeric:
      putNumeric(bytes, String(value));
      break;
    case OID.date:
      bytes.int32(EPOCH_DAY.until(String(value), { largestUnit: 'day' }).days);
      break;
    case OID.jsonb:
      bytes.byte(1);
      bytes.text(jsonText(value));
      break;
    case OID.json:
      bytes.text(jsonText(value));
      break;
    default:
      throw new TypeError(`no save writes values of type ${oid}`);
  }
  bytes.closeLength(place);
}

const HALF = 2 ** 32;

/** Throws for what has a fraction. */
function int32(value: unknown): number {
  const whole = Number.isInteger(value) ? Number(value) : Number(BigInt(value as bigint));
  if (whole >= -HALF / 2 && whole < HALF / 2) return whole;
  throw outOfRange();
}

/** Throws for what has a fraction. */
function int64(value: unknown): Int64 {
  const near = Number(value);
  if (typeof value !== 'string' && Number.isSafeInteger(near))
    return { high: Math.floor(near / HALF), low: near % HALF };
  const whole = BigInt(value as bigint);
  if (whole !== BigInt.asIntN(64, whole)) throw outOfRange();
  return { high: Number(whole >> 32n), low: Number(BigInt.asIntN(32, whole)) };
}

const outOfRange = (): Error => refused('22003', 'a number is out of the range of its column');

/** An error of the data, as Postgres names it. */
function refused(code: string, message: string): Error {
  return Object.assign(new RangeError(message), { code });
}

const jsonText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const microseconds = new WeakMap<Temporal.Instant, Int64>();

function sinceEpoch(value: unknown): Int64 {
  if (!(value instanceof Temporal.Instant)) throw refused('22007', 'a time is written as an instant');
  let known = microseconds.get(value);
  if (known === undefined) {
    known = int64(value.epochNanoseconds / 1000n - EPOCH_MICROSECONDS);
    microseconds.set(value, known);
  }
  return known;
}

const DIGITS = 4;
const NEGATIVE = 0x4000;

/** Groups of four decimal digits, the place of the first one before the point, the sign, and how many digits follow the point. */
function putNumeric(bytes: ByteWriter, text: string): void {
  const [, sign, whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === '') throw refused('22P02', 'a decimal is written in digits');
  const before = whole.padStart(Math.ceil(whole.length / DIGITS) * DIGITS, '0');
  const digits = before + fraction.padEnd(Math.ceil(fraction.length / DIGITS) * DIGITS, '0');
  let first = 0;
  let end = digits.length;
  while (first < end && digits.startsWith('0000', first)) first += DIGITS;
  while (end > first && digits.startsWith('0000', end - DIGITS)) end -= DIGITS;
  const groups = (end - first) / DIGITS;
  bytes.int16(groups);
  bytes.int16(groups === 0 ? 0 : (before.length - first) / DIGITS - 1);
  bytes.int16(sign === '-' && groups > 0 ? NEGATIVE : 0);
  bytes.int16(fraction.length);
  for (let at = first; at < end; at += DIGITS) bytes.int16(Number(digits.slice(at, at + DIGITS)));
}
