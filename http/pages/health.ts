// Owns /health/live (the process answers), /health/ready (it can do its work) and /metrics (Prometheus text).
import type { Hono } from 'hono';
import type { HttpDeps } from '#http/deps.ts';
import type { HttpEnv } from '#http/http-env.ts';

const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

export function healthPages(
  app: Hono<HttpEnv>,
  { readiness, telemetry }: Pick<HttpDeps, 'readiness' | 'telemetry'>,
): void {
  app.get('/health/live', (c) => c.json({ live: true }));

  app.get('/health/ready', async (c) => {
    const state = await readiness();
    return c.json(state, state.ready ? 200 : 503);
  });

  app.get('/metrics', async (c) =>
    c.body(await telemetry.renderMetrics(), 200, { 'content-type': PROMETHEUS_TEXT }),
  );
}
