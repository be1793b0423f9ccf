// The socket itself: limits that no request object shows, and an end that loses nothing.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { Hono } from 'hono';
import { readBody } from '#http/body/read-body.ts';
import type { HttpEnv } from '#http/http-env.ts';
import { type HttpServer, startServer } from '#http/server.ts';

let server: HttpServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function listen(app: Hono<HttpEnv>): Promise<HttpServer> {
  server = await startServer(app, { host: '127.0.0.1', port: 0 });
  return server;
}

/** Writes raw bytes and answers all that comes back until the server closes. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('utf8');
  let answer = '';
  socket.on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

function reader(bytesMax: number): Hono<HttpEnv> {
  return new Hono<HttpEnv>().post('/', async (c) => {
    const read = await readBody(c.req.raw, bytesMax);
    return c.text(read.ok ? String(read.bytes.length) : read.code);
  });
}

describe('limits', () => {
  test('headers may be 16 kB', async () => {
    const { port } = await listen(new Hono<HttpEnv>().get('/', (c) => c.text('ok')));
    const answer = await raw(port, `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`);
    assert.match(answer, /^HTTP\/1.1 431 /);
  });

  test('what is not HTTP is refused', async () => {
    const { port } = await listen(new Hono<HttpEnv>());
    assert.match(await raw(port, 'hello\r\n\r\n'), /^HTTP\/1.1 400 /);
    const smuggled =
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    assert.match(await raw(port, smuggled), /^HTTP\/1.1 400 /);
  });

  test('a body without a stated length is counted as it comes', async () => {
    const { port } = await listen(reader(100_000));
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (let sent = 0; sent < 3_000; sent += 1) yield new Uint8Array(1_000);
    };
    const body = ReadableStream.from(endless());
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      body,
      duplex: 'half',
    });
    assert.equal(await answer.text(), 'body_too_large');
  });

  test('a body that ends early is no body', async () => {
    const { port } = await listen(reader(100_000));
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf');
    await once(socket, 'connect');
    socket.destroy();
    const whole = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'whole' });
    assert.equal(await whole.text(), '5');
  });
});

describe('the end', () => {
  // Bounded, because a connection kept alive would end it too, a minute later.
  test('waits for requests under way, and takes no new ones', { timeout: 30_000 }, async () => {
    const under = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const app = new Hono<HttpEnv>().get('/', async (c) => {
      under.resolve();
      await finish.promise;
      return c.text('done');
    });
    const started = await startServer(app, { host: '127.0.0.1', port: 0 });
    const url = `http://127.0.0.1:${started.port}/`;
    const asked = fetch(url);
    await under.promise;
    const closing = started.close();
    await assert.rejects(fetch(url));
    finish.resolve();
    assert.equal(await (await asked).text(), 'done');
    await closing;
  });
});
