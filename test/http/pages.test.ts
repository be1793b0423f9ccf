// What stands beside the API: health, metrics, the document and the reference page.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type HttpWorld, httpWorld } from '#test/support/http-world.ts';

let world: HttpWorld;
before(async () => {
  world = await httpWorld();
});
after(() => world.close());

describe('health', () => {
  test('live is cheap, ready looks at everything', async () => {
    assert.deepEqual((await world.page('/health/live')).body, { live: true });
    const ready = await world.page('/health/ready');
    assert.equal(ready.status, 200);
    assert.deepEqual(ready.at('/checks'), {
      database: { ok: true },
      schema: { ok: true },
      queue: { ok: true },
    });
    assert.deepEqual(Object.keys(ready.at('/oldestDueSeconds') as object).sort(), [
      'command',
      'customer',
      'delivery',
      'mail',
      'outbox',
      'payment',
      'usage',
    ]);
  });

  test('another schema makes it unready', async () => {
    const { sql } = world.database;
    await sql`update schema_migrations set name = '9999_tomorrow' where name = (select max(name) from schema_migrations)`;
    const ready = await world.page('/health/ready');
    assert.equal(ready.status, 503);
    assert.equal(ready.at('/checks/schema/ok'), false);
  });

  test('metrics are text, whatever is measured', async () => {
    const metrics = await world.page('/metrics');
    assert.equal(metrics.status, 200);
    assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain; version=0.0.4/);
  });
});

describe('the reference', () => {
  test('needs nothing from elsewhere, and its policy allows nothing else', async () => {
    const page = await world.page('/docs');
    const html = String(page.body);
    assert.equal(page.status, 200);
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.ok(!/unsafe|https?:|\*/.test(policy), policy);
    const places = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, place]) => place ?? '');
    assert.ok(places.length >= 5);
    for (const place of places) {
      assert.match(place, /^\/(docs\/|openapi\.json)/);
      const found = await world.page(place);
      assert.equal(found.status, 200, place);
      assert.ok(String(found.body).length > 0, place);
    }
    assert.ok(!/<script>|<style|style="|onload=/.test(html));
  });

  test('gives no other file away', async () => {
    for (const path of [
      '/docs/package.json',
      '/docs/..%2fpackage.json',
      '/docs/%2e%2e/app.ts',
      '/docs/__proto__',
    ]) {
      assert.equal((await world.page(path)).status, 404, path);
    }
  });

  test('the document is served as it is made', async () => {
    const document = await world.page('/openapi.json');
    assert.equal(document.at('/openapi'), '3.1.0');
  });
});

test('every answer keeps browsers from guessing, caching and framing', async () => {
  for (const path of ['/health/live', '/nowhere', '/docs', '/api/v1/billing/meters']) {
    const { headers } = await world.page(path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path);
    assert.match(headers.get('x-request-id') ?? '', /^req_/, path);
  }
});
