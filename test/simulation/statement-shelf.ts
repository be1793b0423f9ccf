// Owns that connections share prepared statements: what one has prepared, the session need not read and plan again for
// another. Each connection keeps its own names. Half of a seed's processor time went into plans that were there already.
import { messagesOf, textsAt, withTexts } from './wire.ts';

/** A request in the session's names, and what the connection is to hear before the answer. */
type Shelved = { readonly bytes: Uint8Array; answered(reply: Buffer): Buffer };

export type StatementShelf = {
  /** The names that one connection gives. `isAborted`: in its transaction nothing can be prepared. */
  forConnection(): (bytes: Buffer, isAborted: boolean) => Shelved;
};

const PARSE_COMPLETE = Buffer.from([0x31, 0, 0, 0, 4]);

export function createStatementShelf(): StatementShelf {
  /** By text and types: the session's name. */
  const names = new Map<string, string>();
  const prepared = new Set<string>();

  const nameOf = (parse: Buffer): string => {
    const [given = ''] = textsAt(parse, 1);
    const meaning = parse.toString('latin1', Buffer.byteLength(given) + 1);
    const name = names.get(meaning) ?? `s${names.size}`;
    names.set(meaning, name);
    return name;
  };

  return {
    forConnection: () => {
      const own = new Map<string, string>();
      return (bytes, isAborted) => {
        const out: Buffer[] = [];
        const parsed: string[] = [];
        let spared = 0;
        for (const { type, body } of messagesOf(bytes)) {
          const texts = textsAt(body, 2);
          if (type === 'P' && texts[0] !== '') {
            const name = nameOf(body);
            own.set(texts[0] ?? '', name);
            if (prepared.has(name) && !isAborted) spared += 1;
            else {
              parsed.push(name);
              out.push(withTexts(type, body, [name]));
            }
          } else if (type === 'B' && own.has(texts[1] ?? '')) {
            out.push(withTexts(type, body, [texts[0] ?? '', own.get(texts[1] ?? '') ?? '']));
          } else if (type === 'D' && own.has((texts[0] ?? '').slice(1))) {
            out.push(withTexts(type, body, [`S${own.get((texts[0] ?? '').slice(1))}`]));
          } else {
            out.push(withTexts(type, body, []));
          }
        }
        return {
          bytes: Buffer.concat(out),
          answered: (reply) => {
            const done = [...messagesOf(reply)].filter(({ type }) => type === '1').length;
            for (const name of parsed.slice(0, done)) prepared.add(name);
            return Buffer.concat([...Array.from({ length: spared }, () => PARSE_COMPLETE), reply]);
          },
        };
      };
    },
  };
}
