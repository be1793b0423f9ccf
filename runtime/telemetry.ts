// Owns the wiring of OpenTelemetry: where spans and metrics of this process go, and that they are flushed at the end.
// Only the parts in use are imported; the whole SDK would cost each process tens of megabytes.
import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  SimpleSpanProcessor,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';

export type TelemetryOptions = {
  readonly enabled: boolean;
  readonly serviceName: string;
  /** Absent: spans carry ids for logs and rows, but none is recorded. */
  readonly otlpEndpoint: string | undefined;
  readonly sampleRatio: number;
  /** For tests: gets each span as it ends, in place of the network. */
  readonly spanExporter?: SpanExporter;
};

export type Telemetry = {
  /** All metrics of this process in Prometheus text form; empty when telemetry is off. */
  renderMetrics(): Promise<string>;
  /** Sends what waits and unhooks the process-wide registrations. */
  stop(): Promise<void>;
};

/** Process-wide, so once per process; must run before instruments are made (createMetrics). */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  if (!options.enabled) return { renderMetrics: async () => '', stop: async () => {} };
  const resource = resourceFromAttributes({ 'service.name': options.serviceName });

  const exporter = await spanExporter(options);
  const tracerProvider = new TracerProvider({
    resource,
    sampler: exporter ? headSampler(options.sampleRatio) : new AlwaysOffSampler(),
    spanProcessors: exporter ? [processor(exporter, options)] : [],
  });
  const contextManager = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(contextManager);
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(tracerProvider);

  const reader = new PrometheusExporter({ preventServerStart: true });
  const serializer = new PrometheusSerializer('', false, undefined, true, true);
  const meterProvider = new MeterProvider({ resource, readers: [reader] });
  metrics.setGlobalMeterProvider(meterProvider);

  return {
    renderMetrics: async () => serializer.serialize((await reader.collect()).resourceMetrics),
    stop: async () => {
      await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown()]);
      for (const api of [trace, context, propagation, metrics]) api.disable();
    },
  };
}

async function spanExporter(options: TelemetryOptions): Promise<SpanExporter | undefined> {
  if (options.spanExporter) return options.spanExporter;
  if (options.otlpEndpoint === undefined) return undefined;
  // The exporter takes headers, compression and the rest from the standard OTEL_EXPORTER_OTLP_* variables.
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  return new OTLPTraceExporter({ url: `${options.otlpEndpoint.replace(/\/$/, '')}/v1/traces` });
}

function processor(exporter: SpanExporter, { spanExporter: inMemory }: TelemetryOptions) {
  return inMemory ? new SimpleSpanProcessor({ exporter }) : new BatchSpanProcessor({ exporter });
}

/** Decided where a trace begins and kept by everyone behind, so that traces are whole or absent. */
function headSampler(ratio: number): ParentBasedSampler {
  return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
}
