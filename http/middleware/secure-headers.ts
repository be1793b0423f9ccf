// Owns the headers that keep answers of an API from being anything else: not cached, not framed, not guessed at.
import { createMiddleware } from 'hono/factory';
import type { HttpEnv } from '#http/http-env.ts';

const NOTHING = "default-src 'none'; frame-ancestors 'none'";

/** Leaves a header that is already there: pages set their own policy. */
export function secureHeaders() {
  return createMiddleware<HttpEnv>(async function secureHeaders(c, next) {
    await next();
    const { headers } = c.res;
    headers.set('x-content-type-options', 'nosniff');
    headers.set('referrer-policy', 'no-referrer');
    if (!headers.has('content-security-policy')) headers.set('content-security-policy', NOTHING);
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  });
}
