// Owns the span of a request: child of the caller's traceparent if it sent one, named by route, marked by status.
import { SpanStatusCode } from '@opentelemetry/api';
import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import type { HttpEnv } from '#http/http-env.ts';
import { injectTrace, withTrace } from '#runtime/trace.ts';

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

export function requestSpan() {
  return createMiddleware<HttpEnv>(async function requestSpan(c, next) {
    const given = c.req.header('traceparent');
    const parent = given !== undefined && TRACEPARENT.test(given) ? given : undefined;
    const attributes = { 'http.request.method': c.req.method, 'url.path': c.req.path };
    await withTrace({ name: c.req.method, parent, kind: 'server', attributes }, async (span) => {
      c.set('trace', injectTrace());
      await next();
      // -1: the last route that matched, which is the operation; known only after routing.
      const route = routePath(c, -1);
      span.updateName(`${c.req.method} ${route}`);
      span.setAttributes({
        'http.route': route,
        'http.response.status_code': c.res.status,
        'accrue.request_id': c.get('requestId'),
      });
      if (c.res.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    });
  });
}
