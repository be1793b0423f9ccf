// Owns the names of what a decision makes: ids under a block that no other turn has, and marks where document numbers go.
// Ids are final, so nothing has to be found and replaced in what is saved.

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** The n-th id of a block, from 1: sixteen characters that sort by time, and its place in two or more. */
export function idInBlock(prefix: string, block: string, n: number): string {
  let place = '';
  for (let rest = n; rest > 0; rest = Math.floor(rest / 32)) place = ALPHABET.charAt(rest % 32) + place;
  return `${prefix}_${block}${place.padStart(2, '0')}`;
}

/** Stands for the n-th document number of a turn until the save puts the real one in (ruling R20). */
export function numberPlaceholder(block: string, n: number): string {
  return `~${block}.number.${n}~`;
}

/** The first mark of a number in this text: itself, and which number it is, from 1. */
export function numberMark(
  block: string,
  text: string,
): { placeholder: string; position: number } | undefined {
  const start = text.indexOf(`~${block}.number.`);
  if (start < 0) return undefined;
  const placeholder = text.slice(start, text.indexOf('~', start + 1) + 1);
  return { placeholder, position: Number(placeholder.slice(block.length + 9, -1)) };
}
