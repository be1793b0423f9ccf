// Asking what was used over HTTP: lists and objects in the query, and refusals that name the parameter.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type HttpTenant, type HttpWorld, httpWorld, lookUp } from '#test/support/http-world.ts';

let world: HttpWorld;
let seller: HttpTenant;
before(async () => {
  world = await httpWorld();
  seller = await world.tenant('Acme');
  const { key } = seller;
  const meter = { key: 'tokens', name: 'Tokens', eventType: 'llm', aggregation: 'sum', valueProperty: 'n' };
  await world.call('POST', '/meters', { key, body: { ...meter, dimensions: ['model', 'a,b'] } });
  await world.call('POST', '/customers', { key, body: { externalId: 'acme', name: 'Acme Ltd' } });
  await world.call('POST', '/customers', { key, body: { externalId: 'b,c', name: 'Comma' } });
  const event = (id: string, time: string, properties: object) => ({
    id,
    type: 'llm',
    customer: 'acme',
    time,
    properties,
  });
  await world.call('POST', '/usage/events', {
    key,
    headers: { prefer: 'wait=25' },
    body: [
      event('1', '2023-11-01T10:00:00Z', { n: '1.25', model: 'small' }),
      event('2', '2023-11-02T10:00:00Z', { n: 4, model: 'large', 'a,b': 'x' }),
    ],
  });
});
after(() => world.close());

const NOVEMBER = 'meter=tokens&from=2023-11-01T00:00:00Z&to=2023-11-03T00:00:00%2B01:00';
const query = (more: string) => world.call('GET', `/usage/query?${NOVEMBER}&${more}`, { key: seller.key });
const json = (value: unknown): string => encodeURIComponent(JSON.stringify(value));

test('windows, groups and filters travel in the query', async () => {
  const days = await query('customer=acme&window=day&zone=Asia/Kolkata&groupBy=model');
  assert.deepEqual(
    days
      .list('/rows')
      .map((row) => [lookUp(row, '/from'), lookUp(row, '/dimensions/model'), lookUp(row, '/quantity')]),
    [
      ['2023-11-01T00:00:00.000000Z', 'large', '0'],
      ['2023-11-01T00:00:00.000000Z', 'small', '1.25'],
      ['2023-11-01T18:30:00.000000Z', 'large', '4'],
      ['2023-11-01T18:30:00.000000Z', 'small', '0'],
      ['2023-11-02T18:30:00.000000Z', 'large', '0'],
      ['2023-11-02T18:30:00.000000Z', 'small', '0'],
    ],
  );
  const filtered = await query(
    `filter=${json({ 'a,b': ['x', null], model: ['large'] })}&groupBy=${json(['a,b'])}`,
  );
  assert.deepEqual(
    filtered.list('/rows').map((row) => [lookUp(row, '/dimensions'), lookUp(row, '/quantity')]),
    [[{ 'a,b': 'x' }, '4']],
  );
  const named = await query(`customer=${json(['ext:acme', 'b,c'])}&groupBy=customer`);
  assert.equal(named.list('/customers').length, 2);
  assert.deepEqual(
    named.list('/rows').map((row) => lookUp(row, '/quantity')),
    ['5.25'],
  );
  assert.equal((await query('scope=customer')).at('/rows/0/quantity'), '5.25');
});

test('a refusal names the parameter', async () => {
  const refusals = [
    ['customer=nobody', 404, 'not_found', 'customer'],
    ['scope=sub_none', 404, 'not_found', 'scope'],
    ['window=fortnight', 400, 'invalid_request', 'window'],
    ['zone=Mars/Olympus', 400, 'unknown_zone', 'zone'],
    ['groupBy=colour', 400, 'unknown_dimension', 'groupBy'],
    ['filter=red', 400, 'invalid_request', 'filter'],
    ['filter=%5B%5D', 400, 'invalid_request', 'filter'],
    [`filter=${json({ model: 'small' })}`, 400, 'invalid_request', 'filter'],
    ['colour=red', 400, 'invalid_request', 'colour'],
  ] as const;
  for (const [more, status, code, parameter] of refusals) {
    const answer = await query(more);
    assert.deepEqual(
      [answer.status, answer.at('/code'), answer.at('/errors/0/parameter')],
      [status, code, parameter],
    );
  }
  const minutes = await world.call(
    'GET',
    '/usage/query?meter=tokens&from=2023-01-01T00:00:00Z&to=2024-01-01T00:00:00Z&window=minute',
    { key: seller.key },
  );
  assert.deepEqual(
    [minutes.status, minutes.at('/code'), minutes.at('/errors/0/parameter')],
    [400, 'too_many_windows', 'window'],
  );
});
