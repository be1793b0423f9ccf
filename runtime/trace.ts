// Owns how a trace crosses a border: out as one W3C traceparent text, in as the parent of a span around some work.
// Refuses to know where spans go; without a started telemetry everything here does nothing.
import {
  type Attributes,
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

const TRACER = 'accrue';

export type SpanOptions = {
  readonly name: string;
  /** A traceparent from a row or a request; absent, the span belongs to the trace that is active now, or begins one. */
  readonly parent?: string | null | undefined;
  readonly attributes?: Attributes;
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
};

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** The traceparent of what runs now, to be stored or sent; undefined outside a trace. */
export function injectTrace(): string | undefined {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier, defaultTextMapSetter);
  return carrier.traceparent;
}

/** The id of the trace that is active now, for log lines. */
export function traceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId;
}

/** Runs `work` inside a span; a throw marks the span as failed and passes on. */
export async function withTrace<T>(options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
  const { name, parent, attributes = {}, kind = 'internal' } = options;
  const origin = parent
    ? propagation.extract(context.active(), { traceparent: parent }, defaultTextMapGetter)
    : context.active();
  const settings = { attributes, kind: KINDS[kind] };
  return trace.getTracer(TRACER).startActiveSpan(name, settings, origin, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
