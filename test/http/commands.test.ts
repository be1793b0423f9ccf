// What a caller may rely on when it sends a command: once per key, an answer or a place to find it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Answered, type HttpTenant, type HttpWorld, httpWorld } from '#test/support/http-world.ts';

let world: HttpWorld;
let seller: HttpTenant;
before(async () => {
  world = await httpWorld();
  seller = await world.tenant('Acme');
});
after(() => world.close());

const meter = (key: string) => ({ key, name: 'M', eventType: 'e', aggregation: 'count' });

function send(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answered> {
  return world.call('POST', path, { key: seller.key, body, headers });
}

describe('an idempotency key', () => {
  test('with the same body is the same command, answered again', async () => {
    const headers = { 'idempotency-key': 'once' };
    const first = await send('/meters', meter('once'), headers);
    const again = await send('/meters', { ...meter('once'), filters: [] }, headers);
    assert.equal(first.status, 201);
    assert.equal(first.headers.get('idempotency-replayed'), 'false');
    assert.deepEqual([again.status, again.body], [201, first.body]);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(again.headers.get('command-id'), first.headers.get('command-id'));
  });

  test('with another body is refused', async () => {
    const headers = { 'idempotency-key': 'twice' };
    await send('/meters', meter('twice'), headers);
    const other = await send('/meters', meter('other'), headers);
    assert.deepEqual([other.status, other.at('/code')], [422, 'idempotency_mismatch']);
  });

  test('repeats a refusal too', async () => {
    const headers = { 'idempotency-key': 'refused' };
    const answers = [
      await send('/meters', meter('once'), headers),
      await send('/meters', meter('once'), headers),
    ];
    for (const answer of answers) assert.deepEqual([answer.status, answer.at('/code')], [409, 'key_taken']);
  });

  test('used twenty times at once makes one thing', async () => {
    const headers = { 'idempotency-key': 'crowd' };
    const body = { externalId: 'crowd', name: 'Crowd' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => send('/customers', body, headers)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201]);
    assert.equal(new Set(answers.map((answer) => answer.at('/id'))).size, 1);
  });

  test('shows a secret again to who repeats the request', async () => {
    const headers = { 'idempotency-key': 'secret' };
    const body = { url: 'https://acme.example/hook' };
    const first = await send('/webhook-endpoints', body, headers);
    assert.match(first.text('/secret'), /^whsec_/);
    assert.equal((await send('/webhook-endpoints', body, headers)).at('/secret'), first.at('/secret'));
    const shown = await world.call('GET', `/webhook-endpoints/${first.text('/id')}`, {
      key: seller.key,
    });
    assert.equal(shown.at('/secret'), undefined);
  });
});

describe('who does not wait', () => {
  test('is told where the outcome will be', async () => {
    const answer = await send('/meters', meter('later'), { prefer: 'respond-async' });
    assert.deepEqual([answer.status, answer.at('/status')], [202, 'queued']);
    assert.equal(answer.headers.get('preference-applied'), 'respond-async');
    const id = answer.text('/commandId');
    assert.equal(answer.headers.get('location'), `/api/v1/billing/commands/${id}`);

    const headers = { 'idempotency-key': 'barrier' };
    await send('/meters', meter('barrier'), headers);
    const command = await world.call('GET', `/commands/${id}`, { key: seller.key });
    assert.deepEqual(
      [command.at('/type'), command.at('/status'), command.at('/outcome/ok')],
      ['meter.create', 'done', true],
    );
    assert.equal(command.at('/outcome/data/key'), 'later');
  });

  test('sees outcomes only of commands its key could send', async () => {
    const created = await send('/webhook-endpoints', { url: 'https://acme.example/x' });
    const path = `/commands/${created.headers.get('command-id')}`;
    const statusFor = async (key: string): Promise<number> => (await world.call('GET', path, { key })).status;
    assert.equal(await statusFor(seller.keys.admin), 200);
    assert.equal(await statusFor(seller.keys.operator), 403);
    assert.equal(await statusFor(seller.keys.service), 403);
    assert.equal(await statusFor(seller.keys.reader), 403);
  });
});
