// A process that holds the embedded server below the folder it is given, until its standard input ends.
import { systemClock } from '#runtime/clock.ts';
import { startEmbeddedPostgres } from '#runtime/embedded-postgres.ts';
import { createLog } from '#runtime/log.ts';

const [dataDir = '', namespaceCommand = 'unshare'] = process.argv.slice(2);
const log = createLog({ level: 'error', clock: systemClock(), write: (line) => process.stderr.write(line) });
const server = await startEmbeddedPostgres({ dataDir, log, namespaceCommand });
process.stdout.write(`${JSON.stringify({ url: server.url, adminUrl: server.adminUrl })}\n`);
process.stdin.resume();
process.stdin.once('end', () => void server.stop());
