// Owns as much of the Postgres protocol as it takes to share one session among many connections: where a request ends,
// what it asks, and what an answer says about the transaction. Refuses to know who asks and what is done about it.

/** What is answered together: up to a Sync, a Flush or a simple query. */
export type Request = {
  readonly bytes: Buffer;
  /** Statements it runs, as far as their text was seen; `sql` by name otherwise. */
  readonly sql: string;
  /** A Flush leaves the exchange open: no other connection may speak before its Sync. */
  readonly ends: 'sync' | 'flush' | 'query' | 'terminate';
};

const TERMINATORS: Readonly<Record<string, Request['ends']>> = {
  S: 'sync',
  H: 'flush',
  Q: 'query',
  X: 'terminate',
};

/** Cuts what one connection writes into requests. The first message of a connection is its greeting, without a type. */
export function createRequestReader(): { read(chunk: Buffer): { greeted: boolean; requests: Request[] } } {
  const statements = new Map<string, string>();
  let buffered = Buffer.alloc(0);
  let start = 0;
  let at = 0;
  let texts: string[] = [];
  let isGreeted = false;

  const learn = (type: string, body: Buffer): void => {
    if (type === 'Q') texts.push(textAt(body, 0).text);
    if (type === 'P') {
      const name = textAt(body, 0);
      statements.set(name.text, textAt(body, name.end).text);
    }
    if (type === 'B') texts.push(statements.get(textAt(body, textAt(body, 0).end).text) ?? '');
  };

  return {
    read: (chunk) => {
      buffered = Buffer.concat([buffered.subarray(start), chunk]);
      at -= start;
      start = 0;
      const requests: Request[] = [];
      let greeted = false;
      if (!isGreeted && buffered.length >= 4 && buffered.length >= buffered.readInt32BE(0)) {
        start = buffered.readInt32BE(0);
        at = start;
        isGreeted = true;
        greeted = true;
      }
      while (isGreeted && buffered.length >= at + 5) {
        const end = at + 1 + buffered.readInt32BE(at + 1);
        if (buffered.length < end) break;
        const type = String.fromCharCode(buffered[at] ?? 0);
        learn(type, buffered.subarray(at + 5, end));
        at = end;
        const ends = TERMINATORS[type];
        if (ends === undefined) continue;
        requests.push({ bytes: buffered.subarray(start, end), sql: texts.join('; '), ends });
        texts = [];
        start = end;
      }
      return { greeted, requests };
    },
  };
}

/** The first `count` texts a message begins with; fewer where it holds fewer. */
export function textsAt(body: Buffer, count: number): string[] {
  const texts: string[] = [];
  for (let at = 0; texts.length < count && body.indexOf(0, at) >= 0; ) {
    const { text, end } = textAt(body, at);
    texts.push(text);
    at = end;
  }
  return texts;
}

/** The message with other texts at its beginning. */
export function withTexts(type: string, body: Buffer, texts: readonly string[]): Buffer {
  let at = 0;
  for (const _ of texts) at = body.indexOf(0, at) + 1;
  const begin = texts.map((text) => Buffer.from(`${text}\0`));
  return message(type, Buffer.concat([...begin, body.subarray(at)]));
}

function textAt(body: Buffer, from: number): { text: string; end: number } {
  const end = body.indexOf(0, from);
  return { text: body.toString('utf8', from, end), end: end + 1 };
}

/** What a server says to a greeting. */
export function welcome(): Buffer {
  const parameters = {
    server_version: '18.0',
    server_encoding: 'UTF8',
    client_encoding: 'UTF8',
    DateStyle: 'ISO, MDY',
    TimeZone: 'UTC',
    integer_datetimes: 'on',
    standard_conforming_strings: 'on',
  };
  const settings = Object.entries(parameters).map(([name, value]) =>
    message('S', Buffer.from(`${name}\0${value}\0`)),
  );
  return Buffer.concat([message('R', Buffer.alloc(4)), ...settings, message('Z', Buffer.from('I'))]);
}

export function simpleQuery(sql: string): Buffer {
  return message('Q', Buffer.from(`${sql}\0`));
}

export const SYNC = message('S', Buffer.alloc(0));

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export type AnswerMessage = { readonly type: string; readonly body: Buffer };

export function* messagesOf(answer: Buffer): Generator<AnswerMessage> {
  for (let at = 0; at + 5 <= answer.length; ) {
    const end = at + 1 + answer.readInt32BE(at + 1);
    yield { type: String.fromCharCode(answer[at] ?? 0), body: answer.subarray(at + 5, end) };
    at = end;
  }
}

/** `I` outside a transaction, `T` in one, `E` in a failed one; undefined while the exchange is open. */
export function statusOf(answer: Buffer): 'I' | 'T' | 'E' | undefined {
  let status: string | undefined;
  for (const { type, body } of messagesOf(answer)) if (type === 'Z') status = body.toString('latin1');
  return status as 'I' | 'T' | 'E' | undefined;
}

/** Rows of a simple query, every value as text. Throws what the server refused. */
export function rowsOf(answer: Buffer): Record<string, string | null>[] {
  let names: string[] = [];
  const rows: Record<string, string | null>[] = [];
  for (const { type, body } of messagesOf(answer)) {
    if (type === 'E') throw new Error(body.toString('utf8').replaceAll('\0', ' '));
    if (type === 'T') names = columnNames(body);
    if (type === 'D') rows.push(rowValues(body, names));
  }
  return rows;
}

function columnNames(body: Buffer): string[] {
  const names: string[] = [];
  for (let at = 2, left = body.readInt16BE(0); left > 0; left -= 1) {
    const { text, end } = textAt(body, at);
    names.push(text);
    at = end + 18;
  }
  return names;
}

function rowValues(body: Buffer, names: readonly string[]): Record<string, string | null> {
  const row: Record<string, string | null> = {};
  let at = 2;
  for (const name of names) {
    const length = body.readInt32BE(at);
    at += 4;
    row[name] = length < 0 ? null : body.toString('utf8', at, at + length);
    at += Math.max(0, length);
  }
  return row;
}
