// A request is one span of its caller's trace, named by its route, and its command carries the trace on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import { inTenant } from '#db/scope.ts';
import { startTelemetry, type Telemetry } from '#runtime/telemetry.ts';
import { type HttpWorld, httpWorld } from '#test/support/http-world.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const exporter = new InMemorySpanExporter();
let telemetry: Telemetry;
let world: HttpWorld;
before(async () => {
  telemetry = await startTelemetry({
    enabled: true,
    serviceName: 'test',
    otlpEndpoint: undefined,
    sampleRatio: 1,
    spanExporter: exporter,
  });
  world = await httpWorld();
});
after(async () => {
  await world.close();
  await telemetry.stop();
});

test('from traceparent to the command row', async () => {
  const { id, key } = await world.tenant('Acme');
  const created = await world.call('POST', '/customers', {
    key,
    body: { externalId: 'acme', name: 'Acme' },
    headers: { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` },
  });
  assert.equal(created.status, 201);
  const span = exporter
    .getFinishedSpans()
    .find((one) => one.name === 'POST /api/v1/billing/customers' && one.spanContext().traceId === TRACE);
  assert.ok(span);
  assert.equal(span.attributes['http.response.status_code'], 201);
  assert.equal(span.attributes['accrue.request_id'], created.headers.get('x-request-id'));

  const [command] = await inTenant(
    world.database.sql,
    id,
    (tx) => tx`select trace from commands where id = ${created.headers.get('command-id')}`,
  );
  assert.match(String(command?.['trace']), new RegExp(`^00-${TRACE}-${span.spanContext().spanId}-01$`));
});

test('a malformed traceparent begins a trace of its own', async () => {
  exporter.reset();
  await world.page('/health/live', { traceparent: `00-${TRACE}-zz-01` });
  const [span] = exporter.getFinishedSpans().filter((one) => one.name === 'GET /health/live');
  assert.ok(span);
  assert.notEqual(span.spanContext().traceId, TRACE);
});
