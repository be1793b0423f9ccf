// Owns /docs: the API reference as a page. All assets come from this server and from a short list of files, so it works
// without a network and under a policy that allows nothing else.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Hono } from 'hono';
import type { HttpEnv } from '#http/http-env.ts';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Name below /docs/ → file and type. */
const ASSETS: Readonly<Record<string, readonly [from: string, type: string]>> = {
  'swagger-ui.css': ['swagger-ui-dist/swagger-ui.css', 'text/css; charset=utf-8'],
  'swagger-ui-bundle.js': ['swagger-ui-dist/swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  'favicon.png': ['swagger-ui-dist/favicon-32x32.png', 'image/png'],
  'start.js': ['./docs/start.js', 'text/javascript; charset=utf-8'],
  'page.css': ['./docs/page.css', 'text/css; charset=utf-8'],
};

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Accrue API</title>
<link rel="icon" type="image/png" href="/docs/favicon.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/page.css">
</head>
<body>
<div id="reference"></div>
<noscript>This page needs JavaScript. The document itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

export function docsPage(app: Hono<HttpEnv>): void {
  app.get('/docs', (c) =>
    c.html(PAGE, 200, { 'content-security-policy': POLICY, 'cache-control': 'no-cache' }),
  );

  app.get('/docs/:asset', async (c, next) => {
    const name = c.req.param('asset');
    const asset = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
    if (asset === undefined) return next();
    const [from, type] = asset;
    const bytes = await readFile(fileURLToPath(import.meta.resolve(from)));
    return c.body(bytes, 200, { 'content-type': type, 'cache-control': 'public, max-age=3600' });
  });
}
