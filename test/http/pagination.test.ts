// Pages are read from end to end while rows come and go.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type HttpTenant, type HttpWorld, httpWorld, lookUp } from '#test/support/http-world.ts';

let world: HttpWorld;
let seller: HttpTenant;
before(async () => {
  world = await httpWorld();
  seller = await world.tenant('Acme');
});
after(() => world.close());

async function endpoint(): Promise<string> {
  const body = { url: 'https://acme.example/hook' };
  const created = await world.call('POST', '/webhook-endpoints', { key: seller.key, body });
  return created.text('/id');
}

/** Reads all pages of two rows, doing `meanwhile` after each. */
async function readAll(meanwhile: (page: number) => Promise<unknown>): Promise<string[]> {
  const ids: string[] = [];
  let cursor = '';
  for (let page = 1; ; page += 1) {
    const answer = await world.call('GET', `/webhook-endpoints?limit=2${cursor}`, { key: seller.key });
    ids.push(...answer.list('/data').map((row) => String(lookUp(row, '/id'))));
    if (answer.at('/nextCursor') === null) return ids;
    cursor = `&cursor=${answer.text('/nextCursor')}`;
    await meanwhile(page);
  }
}

describe('a list', () => {
  test('is read newest first, each row once', async () => {
    const made: string[] = [];
    for (let count = 0; count < 7; count += 1) made.push(await endpoint());
    assert.deepEqual(await readAll(async () => {}), made.toReversed());
  });

  test('new rows do not shift the pages behind', async () => {
    const known = await readAll(async () => {});
    assert.deepEqual(await readAll(endpoint), known);
  });

  test('a deleted row, even the one the cursor stands on, takes no other with it', async () => {
    const known = await readAll(async () => {});
    const remove = (index: number) =>
      world.call('DELETE', `/webhook-endpoints/${known[index]}`, { key: seller.key });
    const read = await readAll(async (page) => {
      if (page === 1) assert.equal((await remove(1)).status, 204);
      if (page === 2) assert.equal((await remove(5)).status, 204);
    });
    assert.deepEqual(read, known.toSpliced(5, 1));
  });

  test('an empty list has one empty page', async () => {
    const answer = await world.call('GET', '/invoices', { key: seller.key });
    assert.deepEqual(answer.body, { data: [], nextCursor: null });
  });
});
