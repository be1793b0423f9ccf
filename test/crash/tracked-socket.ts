// Owns connections to a real Postgres that say whether an answer is still owed on any of them.
import { connect, type Socket } from 'node:net';

export type Lines = {
  /** For the driver's `socket` option. */
  open(): Socket;
  /** How many connections wait for an answer. */
  owed(): number;
  /** Breaks all connections, as the end of a process does. */
  cut(): void;
};

/** Answers a connection waits for, in order: the form of a statement's rows, or the end of an exchange. */
type Awaited = ('form' | 'ready')[];

/** Connections to the server of `url`; `changed` is called with each answer and each end. */
export function createLines(url: string, changed: () => void): Lines {
  const { hostname, port } = new URL(url);
  const lines = new Map<Socket, Awaited>();

  return {
    open: () => {
      const socket = connect(Number(port), hostname);
      // The greeting is answered with readiness too.
      const awaited: Awaited = ['ready'];
      const asked = createCutter({ greeted: false });
      const answered = createCutter({ greeted: true });
      lines.set(socket, awaited);
      const write = socket.write.bind(socket) as (chunk: Buffer, done?: () => void) => boolean;
      socket.write = ((chunk: Buffer, done?: () => void) => {
        for (const type of asked.types(Buffer.from(chunk))) expect(awaited, type);
        return write(chunk, done);
      }) as Socket['write'];
      socket.on('data', (chunk: Buffer) => {
        for (const type of answered.types(chunk)) hear(awaited, type);
        changed();
      });
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        lines.delete(socket);
        changed();
      });
      return socket;
    },
    owed: () =>
      lines
        .values()
        .filter((awaited) => awaited.length > 0)
        .toArray().length,
    cut: () => {
      for (const socket of lines.keys()) socket.destroy();
    },
  };
}

/** A Describe asks for the form of the rows; a Sync or a simple query for the end of the exchange. */
function expect(awaited: Awaited, type: string): void {
  if (type === 'D') awaited.push('form');
  if (type === 'S' || type === 'Q') awaited.push('ready');
}

function hear(awaited: Awaited, type: string): void {
  // After an error the server is silent until it is ready.
  const isForm = type === 'T' || type === 'n' || type === 'E';
  if (isForm && awaited[0] === 'form') awaited.shift();
  if (type === 'Z') awaited.splice(0, awaited.indexOf('ready') + 1);
}

/** Cuts a stream of the Postgres protocol into the types of its messages; a client's first message has none. */
function createCutter({ greeted }: { greeted: boolean }): { types(chunk: Buffer): string[] } {
  let rest: Buffer = Buffer.alloc(0);
  let hasGreeted = greeted;
  return {
    types: (chunk) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const types: string[] = [];
      let at = 0;
      for (;;) {
        const head = hasGreeted ? 1 : 0;
        if (bytes.length < at + head + 4) break;
        const end = at + head + bytes.readInt32BE(at + head);
        if (bytes.length < end) break;
        if (hasGreeted) types.push(String.fromCharCode(bytes[at] ?? 0));
        hasGreeted = true;
        at = end;
      }
      rest = bytes.subarray(at);
      return types;
    },
  };
}
