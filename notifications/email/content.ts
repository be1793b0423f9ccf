// Owns what a mail consists of, before it is text or HTML, and the words all templates share.
// Values are plain text: each rendering escapes them itself.
import { type Currency, currency } from '#actors/money/currency.ts';
import { money, printMoney } from '#actors/money/money.ts';

export type Row = { readonly label: string; readonly value: string };

export type MailContent = {
  readonly subject: string;
  /** What a mailbox shows beside the subject. */
  readonly summary: string;
  readonly sender: string;
  readonly greeting: string;
  readonly heading: string;
  /** The one figure the mail is about, already formatted. */
  readonly figure: string;
  readonly paragraphs: readonly string[];
  readonly details: readonly Row[];
  /** Positions of an invoice, then its sums. */
  readonly lines: readonly (Row & { readonly note: string })[];
  readonly sums: readonly Row[];
  readonly closing: string;
};

/** `amount` is integer text in minor units. */
export function amountText(amount: string, code: string): string {
  const known: Currency = currency(code);
  return printMoney(money(BigInt(amount), known));
}

/** `December 1, 2023` in the customer's zone. */
export function dateText(instant: string, zone: string): string {
  return Temporal.Instant.from(instant)
    .toZonedDateTimeISO(zone)
    .toPlainDate()
    .toLocaleString('en-US', { dateStyle: 'long' });
}

/** A half-open period as people read it, with its last day: `November 1 – November 30, 2023`. */
export function periodText(start: string, end: string, zone: string): string {
  const from = Temporal.Instant.from(start).toZonedDateTimeISO(zone).toPlainDate();
  const until = Temporal.Instant.from(end)
    .subtract({ nanoseconds: 1 })
    .toZonedDateTimeISO(zone)
    .toPlainDate();
  const last = Temporal.PlainDate.compare(from, until) > 0 ? from : until;
  if (from.equals(last)) return last.toLocaleString('en-US', { dateStyle: 'long' });
  const first = from.toLocaleString('en-US', {
    month: 'long',
    day: 'numeric',
    ...(from.year === last.year ? {} : { year: 'numeric' }),
  });
  return `${first} – ${last.toLocaleString('en-US', { dateStyle: 'long' })}`;
}

/** Text on one line without controls and without marks that turn its reading direction. */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();
}
