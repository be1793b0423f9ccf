// Owns what counts as one mail address. Stricter than the standard: no quotes, comments, lists or controls.

const ADDRESS_CHARS_MAX = 254;
const ADDRESS = /^[^\s\p{Cc}@<>()[\]\\,;:"]{1,64}@[^\s\p{Cc}@<>()[\]\\,;:"]+$/u;
const IN_BRACKETS = /^.*<([^<>]*)>\s*$/;

/** Whether `text` is one bare address, safe to stand in a header and in an SMTP command. */
export function isMailAddress(text: string): boolean {
  return text.length <= ADDRESS_CHARS_MAX && ADDRESS.test(text);
}

/** The bare address of `a@b` or `Name <a@b>`. */
export function bareAddress(text: string): string {
  return text.replace(IN_BRACKETS, '$1').trim();
}

/** What stands after the @, for a Message-ID. */
export function domainOf(text: string): string {
  return bareAddress(text).split('@').at(-1) ?? 'localhost';
}
