// Owns loading the Postgres driver with two lines of it corrected. postgres.js 3.4.9 writes to the socket of a connection that
// has closed: an exception outside every promise, which ends the process (porsager/postgres#1154, #1208); and it keeps the
// unsent bytes, so that the next start-up on that connection is never sent. Delete this file once a release has the fix.
import { registerHooks } from 'node:module';

const FILE = '/postgres/src/connection.js';

const CORRECTIONS: readonly (readonly [written: string, meant: string])[] = [
  [
    'const x = socket.write(chunk, fn)',
    `if (!socket) {
      chunk = nextWriteTimer = null
      error(Errors.connection('CONNECTION_CLOSED', options))
      return false
    }
    const x = socket.write(chunk, fn)`,
  ],
  [
    `clearImmediate(nextWriteTimer)
    socket.removeListener('data', data)`,
    `clearImmediate(nextWriteTimer)
    chunk = nextWriteTimer = null
    socket.removeListener('data', data)`,
  ],
];

/** Throws when a text to correct is not there: another release needs another look. */
function correct(source: string): string {
  return CORRECTIONS.reduce((text, [written, meant]) => {
    if (!text.includes(written)) throw new Error(`the Postgres driver is another than ${FILE} is corrected for`);
    return text.replace(written, meant);
  }, source);
}

const hooks = registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith(FILE)) return loaded;
    return { ...loaded, source: correct(Buffer.from(loaded.source ?? '').toString()) };
  },
});
const driver = await import('postgres');
hooks.deregister();

/** postgres.js, corrected. */
export const postgres = driver.default;
