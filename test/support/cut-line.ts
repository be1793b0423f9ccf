// Owns a TCP line to a server that a test can cut and join again, as when a database or queue goes away for a while.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type CutLine = {
  /** The URL with this line's address in place of the server's. */
  readonly url: string;
  /** Ends all connections and refuses new ones. */
  cut(): void;
  join(): void;
  /** Ends the connection on which a statement next ends with `tag` (as `COMMIT`), in place of telling its client so. */
  swallow(tag: string): void;
  /** Answers that were swallowed. */
  swallowed(): number;
  close(): Promise<void>;
};

/** A line to the host and port of `url`. */
export async function cutLine(url: string): Promise<CutLine> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let joined = true;
  let unheard: Buffer | undefined;
  let swallowed = 0;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    keep(near);
    if (!joined) {
      near.destroy();
      return;
    }
    const far = connect(Number(target.port), target.hostname);
    keep(far);
    near.pipe(far);
    far.on('data', (answer: Buffer) => {
      if (unheard === undefined || !answer.includes(unheard)) {
        if (!near.destroyed) near.write(answer);
        return;
      }
      unheard = undefined;
      swallowed += 1;
      near.destroy();
    });
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const own = new URL(url);
  own.hostname = '127.0.0.1';
  own.port = String(address.port);
  return {
    url: own.href,
    cut: () => {
      joined = false;
      drop();
    },
    join: () => {
      joined = true;
    },
    swallow: (tag) => {
      unheard = commandComplete(tag);
    },
    swallowed: () => swallowed,
    close: async () => {
      server.close();
      drop();
      await once(server, 'close');
    },
  };
}

/** What a server sends at the end of a statement: C, the length, the tag. */
function commandComplete(tag: string): Buffer {
  const message = Buffer.from(`C----${tag}\0`, 'latin1');
  message.writeInt32BE(message.length - 1, 1);
  return message;
}
