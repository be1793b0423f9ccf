// The check at connect: answers of name servers, addresses in place of names, and names that change their answer (F16).
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { DestinationRefused, guardedConnect, type Resolve } from '#notifications/webhooks/guarded-connect.ts';

let server: Server;
let port: string;
let connections = 0;

before(async () => {
  server = createServer((_request, response) => response.end('reached'));
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = String((server.address() as AddressInfo).port);
});
after(() => server.close());

/** Connects as undici would, and answers the address reached or the error. */
function connect(hostname: string, resolve: Resolve, allowPrivate = false): Promise<string | Error> {
  const connector = guardedConnect({ allowPrivate, resolve });
  return new Promise((settle) => {
    connector({ hostname, host: hostname, protocol: 'http:', port }, (error, socket) => {
      if (error !== null) return settle(error);
      settle(String(socket.remoteAddress));
      socket.destroy();
    });
  });
}

const answers =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses;

test('a name with only private addresses is refused before any connection', async () => {
  const before = connections;
  for (const address of [
    '127.0.0.1',
    '::1',
    '::ffff:127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    'fd00::1',
    '0.0.0.0',
  ]) {
    assert.ok((await connect('evil.example', answers(address))) instanceof DestinationRefused, address);
  }
  assert.ok(
    (await connect('evil.example', answers('127.0.0.1', '10.0.0.1', '::1'))) instanceof DestinationRefused,
  );
  assert.ok((await connect('evil.example', answers())) instanceof DestinationRefused);
  assert.equal(connections, before);
});

test('a name that answers a public address first and a private one at connect is refused: each connection asks once', async () => {
  const before = connections;
  const asked: string[] = [];
  const rebinding: Resolve = async (hostname) => {
    asked.push(hostname);
    return asked.length === 1 ? ['192.0.2.1'] : ['127.0.0.1'];
  };
  // The first answer is a documentation address, which is not public either; the second would be the way in.
  assert.ok((await connect('rebind.example', rebinding)) instanceof DestinationRefused);
  assert.ok((await connect('rebind.example', rebinding)) instanceof DestinationRefused);
  assert.equal(asked.length, 2);
  assert.equal(connections, before);
});

test('an address in place of a name is checked although no resolver is asked', async () => {
  const before = connections;
  const never: Resolve = () => Promise.reject(new Error('asked'));
  for (const literal of ['127.0.0.1', '[::1]', '[::ffff:7f00:1]', '169.254.169.254']) {
    assert.ok((await connect(literal, never)) instanceof DestinationRefused, literal);
  }
  assert.equal(connections, before);
});

test('with private destinations allowed the same name is reached, but never a metadata address', async () => {
  assert.equal(await connect('local.example', answers('127.0.0.1'), true), '127.0.0.1');
  assert.ok((await connect('local.example', answers('169.254.169.254'), true)) instanceof DestinationRefused);
});

test('forbidden answers among allowed ones are left out, and the connection goes to an allowed one', async () => {
  assert.equal(await connect('mixed.example', answers('169.254.169.254', '127.0.0.1'), true), '127.0.0.1');
});

test('the fault of a resolver passes through', async () => {
  const fault = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
  assert.equal(await connect('nowhere.example', () => Promise.reject(fault)), fault);
});
