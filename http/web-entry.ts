// Owns the web process: the HTTP API on its port.
import { processCore, runProcess } from '#runtime/process.ts';
import { startHttp } from './start-http.ts';

await runProcess('web', process.env, async (parts) => {
  const core = await processCore(parts, 'web');
  const { port } = await startHttp(core, parts.telemetry);
  parts.log.info('listening', { host: parts.config.http.host, port });
});
