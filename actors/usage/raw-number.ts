// Owns numbers that keep the digits they were written with (JSON.rawJSON), until the compiler's own library knows them.

export type RawNumber = { readonly rawJSON: string };

type RawJson = { rawJSON(text: string): RawNumber; isRawJSON(value: unknown): boolean };

const json: typeof JSON & RawJson = JSON as typeof JSON & RawJson;

/** A number of exactly these digits; `text` must be a JSON number. */
export function rawNumber(text: string): RawNumber {
  return json.rawJSON(text);
}

export function isRawNumber(value: unknown): value is RawNumber {
  return typeof value === 'object' && json.isRawJSON(value);
}
