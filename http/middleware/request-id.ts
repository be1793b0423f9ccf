// Owns the request id: the caller's own if it is well-formed, else a fresh one; always returned.
import { createMiddleware } from 'hono/factory';
import type { HttpEnv } from '#http/http-env.ts';
import type { Ids } from '#runtime/ids.ts';

const HEADER = 'x-request-id';
const FORM = /^[A-Za-z0-9._-]{1,128}$/;

export function requestId({ ids }: { readonly ids: Ids }) {
  return createMiddleware<HttpEnv>(async function requestId(c, next) {
    const given = c.req.header(HEADER);
    const id = given !== undefined && FORM.test(given) ? given : ids('req');
    c.set('requestId', id);
    await next();
    c.res.headers.set(HEADER, id);
  });
}
