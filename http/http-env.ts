// Owns the types of what the middleware leaves on a request for those behind it.
import type { HttpBindings } from '@hono/node-server';

export type HttpEnv = {
  /** Present on a real server, absent in `app.request`. */
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    /** W3C traceparent of the request's own span. */
    trace: string | undefined;
  };
};
