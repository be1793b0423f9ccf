// Owns receivers of webhooks that behave badly, one behaviour a path.
import { createServer as createHttpServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

export type ZooRequest = { readonly headers: IncomingHttpHeaders; readonly body: string };

export type Zoo = {
  /** The address of a behaviour; an unknown one answers 200. */
  url(behaviour: string): string;
  /** Requests that a behaviour got, in order. */
  requests(behaviour: string): readonly ZooRequest[];
  /** Most requests that a behaviour had open at once. */
  openMax(behaviour: string): number;
  /** Answers everything a behaviour holds back with 200. */
  letGo(behaviour: string): void;
  /** Bytes that the endless body could write. */
  endlessBytes(): number;
  /** A port where each connection gets these raw bytes and is closed. */
  raw(bytes: string): Promise<string>;
  close(): Promise<void>;
};

type Answer = (response: ServerResponse, call: { count: number; base: string }) => void;

const fixed =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(status, headers).end(`answer ${status}`);

export async function startZoo(): Promise<Zoo> {
  const requests = new Map<string, ZooRequest[]>();
  const held = new Map<string, ServerResponse[]>();
  const maxima = new Map<string, number>();
  const open = new Map<string, number>();
  const rawServers: { close(): void }[] = [];
  const sockets = new Set<Socket>();
  let endless = 0;

  const hold =
    (name: string): Answer =>
    (response) =>
      void held.set(name, [...(held.get(name) ?? []), response]);

  const answers: Record<string, Answer> = {
    'fails-once': (response, { count }) => fixed(count === 1 ? 500 : 200)(response, { count, base: '' }),
    '500': fixed(500),
    '404': fixed(404),
    '410': fixed(410),
    '301': (response, { base }) =>
      fixed(301, { location: `${base}/redirect-target` })(response, { count: 1, base }),
    '307': (response, { base }) =>
      fixed(307, { location: `${base}/redirect-target` })(response, { count: 1, base }),
    '429-seconds': fixed(429, { 'retry-after': '600' }),
    '429-date': fixed(429, { 'retry-after': new Date(Date.now() + 600_000).toUTCString() }),
    '429-garbage': fixed(429, { 'retry-after': 'tomorrow-ish' }),
    '429-years': fixed(429, { 'retry-after': '315360000' }),
    '503': fixed(503),
    '429-after-two': (response, { count }) => fixed(count > 2 ? 429 : 200)(response, { count, base: '' }),
    'nul-body': (response) => void response.writeHead(500).end('a\0b'),
    'large-body': (response) => void response.writeHead(200).end('x'.repeat(100_000)),
    'gzip-bomb': (response) =>
      void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(20_000_000))),
    'early-close': (response) => void response.socket?.destroy(),
    'closes-in-body': (response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('part', () => response.socket?.destroy());
    },
    endless: (response) => {
      response.writeHead(200);
      const chunk = 'x'.repeat(16_384);
      const more = (): void => {
        if (response.destroyed) return;
        endless += chunk.length;
        if (response.write(chunk)) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    },
    'drips-headers': (response) => {
      response.socket?.write('HTTP/1.1 200 OK\r\nx-slow: ');
    },
    'large-headers': (response) => void response.writeHead(200, { 'x-large': 'x'.repeat(64_000) }).end(),
    hang: hold('hang'),
    slow: hold('slow'),
  };

  const server = createHttpServer({ maxHeaderSize: 1_000_000 }, (request, response) => {
    const name = (request.url ?? '').slice(1);
    const chunks: Buffer[] = [];
    open.set(name, (open.get(name) ?? 0) + 1);
    maxima.set(name, Math.max(maxima.get(name) ?? 0, open.get(name) ?? 0));
    response.on('close', () => open.set(name, (open.get(name) ?? 1) - 1));
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const list = requests.get(name) ?? [];
      list.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      requests.set(name, list);
      const answer = answers[name] ?? (name.startsWith('hang') ? hold(name) : fixed(200));
      answer(response, { count: list.length, base });
    });
    request.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: (behaviour) => `${base}/${behaviour}`,
    requests: (behaviour) => requests.get(behaviour) ?? [],
    openMax: (behaviour) => maxima.get(behaviour) ?? 0,
    letGo: (behaviour) => {
      for (const response of held.get(behaviour) ?? []) response.writeHead(200).end();
      held.delete(behaviour);
    },
    endlessBytes: () => endless,
    raw: async (bytes) => {
      const raw = createTcpServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined);
        socket.once('data', () => socket.end(bytes));
      });
      rawServers.push(raw);
      await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
      return `http://127.0.0.1:${(raw.address() as AddressInfo).port}/`;
    },
    close: () =>
      new Promise((resolve) => {
        for (const raw of rawServers) raw.close();
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
