// Every spelling of a URL that could lead a webhook into a private network (F16).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isReachable } from '#notifications/webhooks/address-rules.ts';
import { parseDestination } from '#notifications/webhooks/destination.ts';

const PUBLIC = { allowPrivate: false };
const PRIVATE = { allowPrivate: true };

const REFUSED = [
  // Not a web address.
  'ftp://example.com/',
  'http://example.com/',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'example.com',
  '//example.com',
  'https://',
  '',
  // Loopback in every spelling the parser of URLs takes.
  'https://127.0.0.1/',
  'https://127.1/',
  'https://127.0.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0x7f.1/',
  'https://0177.0.0.1/',
  'https://017700000001/',
  'https://127.0.0.1./',
  'https://127.255.255.254/',
  'https://0/',
  'https://0.0.0.0/',
  'https://1２7.0.0.1/',
  'https://①②⑦.⓪.⓪.①/',
  'https://127。0。0。1/',
  'https://%31%32%37.0.0.1/',
  'https://[::1]/',
  'https://[0:0:0:0:0:0:0:1]/',
  'https://[::]/',
  'https://[::127.0.0.1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[0:0:0:0:0:ffff:7f00:0001]/',
  'https://[::ffff:0:127.0.0.1]/',
  // Networks that are not the public internet.
  'https://10.0.0.1/',
  'https://100.64.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://169.254.170.2/',
  'https://100.100.100.200/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.0.0.8/',
  'https://192.0.2.1/',
  'https://192.88.99.1/',
  'https://192.168.1.1/',
  'https://198.18.0.1/',
  'https://198.51.100.1/',
  'https://203.0.113.1/',
  'https://224.0.0.1/',
  'https://240.0.0.1/',
  'https://255.255.255.255/',
  'https://[::ffff:10.0.0.1]/',
  'https://[::ffff:169.254.169.254]/',
  'https://[64:ff9b::a9fe:a9fe]/',
  'https://[64:ff9b:1::1]/',
  'https://[100::1]/',
  'https://[2001::1]/',
  'https://[2001:db8::1]/',
  'https://[2002:7f00:1::]/',
  'https://[3fff::1]/',
  'https://[5f00::1]/',
  'https://[fc00::1]/',
  'https://[fd00:ec2::254]/',
  'https://[fe80::1]/',
  'https://[fe80::1%25eth0]/',
  'https://[fec0::1]/',
  'https://[ff02::1]/',
  // Names of the local network.
  'https://localhost/',
  'https://LOCALHOST/',
  'https://localhost./',
  'https://app.localhost/',
  'https://metadata.google.internal/',
  'https://printer.local/',
  'https://router.home.arpa/',
  // Texts that two readers read differently.
  'https://user@example.com/',
  'https://user:password@example.com/',
  'https://good.example#@bad.example/',
  'https://good.example/#fragment',
  'https://good.example/#',
  'https://good.example\\@bad.example/',
  'https:\\\\good.example/',
  'https://good.example/\r\nHost: bad.example',
  'https://good.exa\tmple/',
  ' https://good.example/',
  'https://good.example /',
  'https://good\u200b.example/',
  'https://good.example/\u0000',
  // Ports.
  'https://example.com:0/',
  'https://example.com:22/',
  'https://example.com:25/',
  'https://example.com:65536/',
  'https://example.com:-1/',
  `https://example.com/${'a'.repeat(2000)}`,
];

const TAKEN = [
  'https://example.com/hooks?tenant=1',
  'https://example.com:8443/',
  'https://example.com:9000/',
  'https://bücher.example/',
  'https://8.8.8.8/',
  'https://[2606:4700::1111]/',
  'https://[::ffff:8.8.8.8]/',
  'https://localhost.example.com/',
  'https://172.32.0.1/',
  'https://100.128.0.1/',
];

test('a URL that could lead anywhere but to a public receiver is refused', async (t) => {
  for (const url of REFUSED) {
    await t.test(JSON.stringify(url.slice(0, 60)), () => {
      assert.equal(parseDestination(url, PUBLIC).ok, false);
    });
  }
});

test('public receivers are taken', async (t) => {
  for (const url of TAKEN) {
    await t.test(url, () => assert.equal(parseDestination(url, PUBLIC).ok, true));
  }
});

test('private receivers are taken only by the setting, and metadata addresses never', () => {
  for (const url of [
    'http://127.0.0.1:4000/',
    'http://localhost:4000/',
    'https://10.0.0.1/',
    'http://[::1]:4000/',
  ]) {
    assert.equal(parseDestination(url, PRIVATE).ok, true, url);
  }
  for (const url of [
    'http://169.254.169.254/',
    'http://[fd00:ec2::254]/',
    'http://0.0.0.0:4000/',
    'http://[fe80::1]/',
  ]) {
    assert.equal(parseDestination(url, PRIVATE).ok, false, url);
  }
});

test('a refusal says what is wrong', () => {
  const refused = parseDestination('https://user@example.com/', PUBLIC);
  assert.deepEqual(refused, {
    ok: false,
    code: 'destination_refused',
    message: 'must not contain a user name or password',
  });
});

test('an IPv4 address is judged alike however it is wrapped', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      const plain = isReachable(address, false);
      assert.equal(isReachable(`::ffff:${address}`, false), plain);
      const number = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
      for (const spelling of [String(number), `0x${number.toString(16)}`, `0${number.toString(8)}`]) {
        assert.equal(parseDestination(`https://${spelling}/`, PUBLIC).ok, plain, spelling);
      }
    }),
  );
});

test('text that is no address is not reachable', () => {
  for (const text of ['', 'localhost', '::1%lo', '127.0.0.1:80', '1.2.3']) {
    assert.equal(isReachable(text, false), false, text);
  }
});
