// Owns one log line a request: what was asked, how it was answered, how long it took. Never a body, never a key.
import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import type { HttpEnv } from '#http/http-env.ts';
import type { Clock } from '#runtime/clock.ts';
import type { Log } from '#runtime/log.ts';

export function requestLog({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
  return createMiddleware<HttpEnv>(async function requestLog(c, next) {
    const start = clock.monotonicMs();
    await next();
    const { status } = c.res;
    const line = status >= 500 ? log.error : status >= 400 ? log.info : log.debug;
    line('request', {
      requestId: c.get('requestId'),
      method: c.req.method,
      route: routePath(c, -1),
      status,
      ms: Math.round(clock.monotonicMs() - start),
    });
  });
}
