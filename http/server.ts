// Owns the listening socket and its limits: how large headers may be, how slow a client may be, how it all ends.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import type { HttpEnv } from './http-env.ts';

const HEADER_BYTES_MAX = 16_384;
/** Slow headers keep a socket, nothing else; two limits against dripping. */
const HEADERS_MS_MAX = 10_000;
/** Until the last byte of a body: long enough for a stream of a million events. */
const REQUEST_MS_MAX = 120_000;
/** Longer than routers keep idle connections, so that they close first. */
const KEEP_ALIVE_MS = 65_000;
/** No byte in either direction; longer than the longest wait for an outcome. */
const SILENCE_MS_MAX = 40_000;
const REQUESTS_PER_SOCKET_MAX = 10_000;

export type HttpServer = {
  readonly port: number;
  /** Takes no more connections, lets requests under way finish, then closes what is left. */
  close(): Promise<void>;
};

/** Listens; port 0 takes a free one. */
export async function startServer(
  app: Hono<HttpEnv>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    createServer,
    serverOptions: {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: HEADERS_MS_MAX,
      requestTimeout: REQUEST_MS_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 5_000,
    },
  }) as Server;
  server.setTimeout(SILENCE_MS_MAX);
  server.maxRequestsPerSocket = REQUESTS_PER_SOCKET_MAX;
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return { port: address.port, close: closer(server) };
}

/** A connection whose last answer went out during the end would else be kept alive for the next request. */
function closer(server: Server): () => Promise<void> {
  let closing = false;
  server.on('request', (_, response) => {
    response.once('close', () => {
      if (closing) setImmediate(() => server.closeIdleConnections());
    });
  });
  return async () => {
    closing = true;
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    await closed;
  };
}
