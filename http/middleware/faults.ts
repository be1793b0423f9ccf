// Owns what a client hears when something throws: 503 while the database or queue is away, 500 without details for a bug.
// The fault itself goes to the log under the request id.
import type { ErrorHandler, NotFoundHandler } from 'hono';
import type { HttpEnv } from '#http/http-env.ts';
import { problemResponse, refuse } from '#http/problem.ts';
import type { Log } from '#runtime/log.ts';
import { faultOf } from '#runtime/turn/fault.ts';

const RETRY_AFTER_SECONDS = 2;

export function onFault({ log }: { readonly log: Log }): ErrorHandler<HttpEnv> {
  return (error, c) => {
    const requestId = c.get('requestId');
    if (faultOf(error) === 'transient') {
      log.warn('request failed for now', { requestId, error });
      const headers = { 'retry-after': String(RETRY_AFTER_SECONDS) };
      return problemResponse(refuse('unavailable', 'Try again in a moment.', headers), requestId);
    }
    log.error('request failed', { requestId, error });
    return problemResponse(refuse('internal', ''), requestId);
  };
}

/** No route of any method has this path: mount.ts answers the known ones. */
export const onUnknownPath: NotFoundHandler<HttpEnv> = (c) =>
  problemResponse(refuse('not_found', 'There is nothing at this path.'), c.get('requestId'));
