// Owns cutting a stream of bytes into lines, and lines into groups, holding no more than one group and one line.
// Pulls the next bytes only when asked for the next group, so a slow reader slows its sender.

/** Longer than any event that is taken. */
export const LINE_BYTES_MAX = 1_000_000;
const NEWLINE = 0x0a;

export class LineTooLong extends Error {
  override readonly name = 'LineTooLong';
}

/** Groups of at most `size` lines that are not empty. Throws TypeError on bytes that are no UTF-8, and LineTooLong. */
export async function* lineGroups(stream: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<string[]> {
  let group: string[] = [];
  for await (const line of lines(stream)) {
    group.push(line);
    if (group.length === size) {
      yield group;
      group = [];
    }
  }
  if (group.length > 0) yield group;
}

async function* lines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for await (const chunk of stream) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      rest.push(chunk.subarray(from, at));
      from = at + 1;
      const line = utf8.decode(Buffer.concat(rest)).trim();
      rest = [];
      restBytes = 0;
      if (line !== '') yield line;
    }
    rest.push(chunk.subarray(from));
    restBytes += chunk.length - from;
    if (restBytes > LINE_BYTES_MAX) throw new LineTooLong(`a line has more than ${LINE_BYTES_MAX} bytes`);
  }
  const last = utf8.decode(Buffer.concat(rest)).trim();
  if (last !== '') yield last;
}
