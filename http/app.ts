// Owns the assembly of the HTTP layer: middleware, operations, pages. Listens to nothing; server.ts does.
import { Hono } from 'hono';
import type { HttpDeps } from './deps.ts';
import type { HttpEnv } from './http-env.ts';
import { onFault, onUnknownPath } from './middleware/faults.ts';
import { requestId } from './middleware/request-id.ts';
import { requestLog } from './middleware/request-log.ts';
import { requestSpan } from './middleware/request-span.ts';
import { secureHeaders } from './middleware/secure-headers.ts';
import { mount } from './mount.ts';
import { openApiDocument } from './openapi.ts';
import { allOperations } from './operations.ts';
import { docsPage } from './pages/docs.ts';
import { healthPages } from './pages/health.ts';

/** Shown in the API document. */
const API_VERSION = '0.1.0';

/** The whole API as a fetch function: `createHttpApp(deps).request('/health/live')`. */
export function createHttpApp(deps: HttpDeps): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.use(requestId(deps), requestSpan(), requestLog(deps), secureHeaders());
  app.onError(onFault(deps));
  app.notFound(onUnknownPath);

  const operations = allOperations(deps);
  mount(app, operations, deps);
  healthPages(app, deps);
  docsPage(app);
  const document = JSON.stringify(openApiDocument(operations, API_VERSION));
  app.get('/openapi.json', (c) => c.body(document, 200, { 'content-type': 'application/json' }));
  return app;
}
