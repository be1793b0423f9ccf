// Owns Postgres' text form of arrays, for columns that are sent as one text because there are thousands of elements.

/** An element that may hold anything: quoted and escaped. */
export function quotedElement(text: string): string {
  return /["\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;
}

/** An array of elements that are in their text form already. */
export function arrayText(elements: string): string {
  return `{${elements}}`;
}
