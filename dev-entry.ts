// Owns the one process of development: web, worker and embedded database together, with nothing else installed.

import { DatabaseUnfit } from '#db/unfit.ts';
import { startServer } from '#http/server.ts';
import { systemClock } from '#runtime/clock.ts';
import { type Config, loadConfig } from '#runtime/config.ts';
import { ConfigError } from '#runtime/config-error.ts';
import { createLog } from '#runtime/log.ts';
import { createShutdown } from '#runtime/shutdown.ts';
import { startTelemetry } from '#runtime/telemetry.ts';
import { traceId } from '#runtime/trace.ts';
import { type Billing, createBilling } from './index.ts';

const clock = systemClock();

async function develop(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLog({ level: config.logLevel, clock, traceId, fields: { process: 'dev' } });
  const shutdown = createShutdown({ timeoutMs: config.shutdownTimeoutMs, clock, log });
  shutdown.listen();
  const telemetry = await startTelemetry(config.telemetry);
  shutdown.register('telemetry', () => telemetry.stop());
  const billing = await createBilling({
    settings: process.env,
    migrate: true,
    clock,
    log,
    shutdown,
    telemetry,
  });
  try {
    const port = await listen(billing, config, (server) => shutdown.register('server', () => server.close()));
    announce(config, port);
  } catch (error) {
    await shutdown.drain('the start failed');
    throw error;
  }
}

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

try {
  await develop();
} catch (error) {
  const refusal = error instanceof ConfigError || error instanceof DatabaseUnfit;
  console.error(refusal ? error.message : error);
  process.exit(1);
}
