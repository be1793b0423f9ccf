// Owns putting the HTTP layer on a process's core: readiness, app, socket, and their place in the shutdown.
import type { Core } from '#runtime/core.ts';
import { assertSchema } from '#runtime/migrate.ts';
import type { Telemetry } from '#runtime/telemetry.ts';
import { createHttpApp } from './app.ts';
import { createReadiness } from './pages/readiness.ts';
import { startServer } from './server.ts';

/** Listens where the settings say. The core stays the caller's; the server is closed before it. */
export async function startHttp(core: Core, telemetry: Telemetry): Promise<{ readonly port: number }> {
  const { config, sql, bell, shutdown, commandBus } = core;
  const readiness = createReadiness({
    ...core,
    checkSchema: () => assertSchema(sql),
    queueAnswers: async () => (await bell.waiting('advance')) !== undefined,
  });
  const app = createHttpApp({ ...core, operatorKey: config.operatorKey, telemetry, readiness });
  const server = await startServer(app, config.http);
  shutdown.register('server', () => server.close());
  // Before that: who waits gets a 202 now instead of holding the server open.
  shutdown.register('waiting requests', () => commandBus.close());
  return { port: server.port };
}
