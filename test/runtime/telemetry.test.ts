// One trace crosses a border as text; metrics come out as Prometheus text; off means silent.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import { createMetrics } from '#runtime/metrics.ts';
import { startTelemetry, type Telemetry, type TelemetryOptions } from '#runtime/telemetry.ts';
import { injectTrace, traceId, withTrace } from '#runtime/trace.ts';

const OPTIONS = { enabled: true, serviceName: 'accrue', otlpEndpoint: undefined, sampleRatio: 1 };
let telemetry: Telemetry | undefined;
afterEach(async () => {
  await telemetry?.stop();
  telemetry = undefined;
});

async function start(options: Partial<TelemetryOptions> = {}): Promise<void> {
  telemetry = await startTelemetry({ ...OPTIONS, ...options });
}

test('a stored traceparent joins two pieces of work into one trace', async () => {
  const spans = new InMemorySpanExporter();
  await start({ spanExporter: spans });
  const stored = await withTrace({ name: 'request', kind: 'server' }, async () => injectTrace());
  assert.match(stored ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  const inside = await withTrace(
    { name: 'turn', parent: stored, attributes: { customer: 'cus_1' } },
    async () => traceId(),
  );

  const [request, turn] = spans.getFinishedSpans();
  assert.equal(turn?.parentSpanContext?.spanId, request?.spanContext().spanId);
  assert.equal(inside, request?.spanContext().traceId);
  assert.deepEqual(turn?.attributes, { customer: 'cus_1' });
  assert.equal(traceId(), undefined);
});

test('spans nest across awaits without being passed along', async () => {
  const spans = new InMemorySpanExporter();
  await start({ spanExporter: spans });
  await withTrace({ name: 'outer' }, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    await withTrace({ name: 'inner' }, async () => {});
  });
  const [inner, outer] = spans.getFinishedSpans();
  assert.equal(inner?.parentSpanContext?.spanId, outer?.spanContext().spanId);
});

test('a throw marks the span and passes on', async () => {
  const spans = new InMemorySpanExporter();
  await start({ spanExporter: spans });
  const work = withTrace({ name: 'turn' }, async () => {
    throw new Error('broken');
  });
  await assert.rejects(work, /broken/);
  assert.equal(spans.getFinishedSpans()[0]?.status.code, 2);
});

test('without an exporter spans still carry ids for logs and rows', async () => {
  await start();
  const [id, traceparent] = await withTrace({ name: 'request' }, async () => [traceId(), injectTrace()]);
  assert.match(traceparent ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  assert.ok(traceparent?.includes(id ?? 'none'));
});

test('a malformed traceparent begins a trace of its own', async () => {
  await start();
  assert.match(
    (await withTrace({ name: 'x', parent: 'nonsense' }, async () => traceId())) ?? '',
    /^[0-9a-f]{32}$/,
  );
});

test('metrics are rendered under their own names', async () => {
  await start();
  const metrics = createMetrics();
  metrics.eventsIngested.add(3, { outcome: 'created' });
  metrics.turnDuration.record(0.004);
  metrics.customersParked.record(2);
  const text = (await telemetry?.renderMetrics()) ?? '';
  assert.match(text, /^accrue_events_ingested_total\{outcome="created"\} 3$/m);
  assert.match(text, /^accrue_turn_duration_seconds_bucket\{le="0.005"\} 1$/m);
  assert.match(text, /^accrue_customers_parked 2$/m);
  assert.match(text, /^process_resident_memory_bytes \d+$/m);
});

test('switched off, nothing is counted and nothing traced', async () => {
  await start({ enabled: false });
  createMetrics().turns.add(1, { outcome: 'committed' });
  assert.equal(await withTrace({ name: 'x' }, async () => injectTrace()), undefined);
  assert.equal(await telemetry?.renderMetrics(), '');
});
