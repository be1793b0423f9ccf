// Proves which texts name a time zone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseZone } from '#actors/calendar/zone.ts';

test('IANA names are zones', () => {
  for (const name of ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5']) {
    assert.equal(parseZone(name), name);
  }
});

test('offsets, timestamps and invented names are not', () => {
  const refused = [
    '',
    '+02:00',
    'Europe/Atlantis',
    '2024-01-01T00:00[Europe/Berlin]',
    'Europe/../UTC',
    'Z\0',
    'a'.repeat(101),
  ];
  for (const text of refused) assert.equal(parseZone(text), undefined, text);
});
