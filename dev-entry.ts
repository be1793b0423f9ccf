// Owns the one process of development: web, worker and embedded database together, with nothing else installed.
import { startServer } from '#http/server.ts';
import type { Config } from '#runtime/config.ts';
import { runProcess } from '#runtime/process.ts';
import { type Billing, createBilling } from './index.ts';

/** A port that nobody asked for and somebody else has is no reason to stop. */
async function listen(
  { app }: Billing,
  config: Config,
  opened: (server: Awaited<ReturnType<typeof startServer>>) => void,
): Promise<number> {
  const { host, port } = config.http;
  const server = await startServer(app, { host, port }).catch((error: unknown) => {
    if (process.env['PORT'] === undefined && isTaken(error)) return startServer(app, { host, port: 0 });
    throw error;
  });
  opened(server);
  return server.port;
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

function announce({ http, dataDir }: Config, port: number): void {
  const url = `http://${http.host}:${port}`;
  const given = process.env['ACCRUE_OPERATOR_KEY'] !== undefined;
  console.log(`
  Accrue is running. Ctrl+C stops it.

  API           ${url}/api/v1/billing
  Reference     ${url}/docs
  Health        ${url}/health/ready
  Metrics       ${url}/metrics
  Operator key  ${given ? 'ACCRUE_OPERATOR_KEY' : `${dataDir}/operator-key`}
`);
}

await runProcess('dev', process.env, async (parts) => {
  const { config, shutdown } = parts;
  const billing = await createBilling({ ...parts, settings: process.env, migrate: true });
  const port = await listen(billing, config, (server) => shutdown.register('server', () => server.close()));
  announce(config, port);
});
