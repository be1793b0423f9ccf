// Owns loading the Postgres driver with three faults of it corrected, each of which ends the process or wedges a connection
// when the database goes away (porsager/postgres#1154, #1208). Delete this file once a release has the fixes.
import { type ModuleSource, registerHooks } from 'node:module';

const FILE = '/postgres/src/connection.js';

const CORRECTIONS: readonly (readonly [written: string, meant: string])[] = [
  // Writing to a connection that has closed throws outside every promise.
  [
    'const x = socket.write(chunk, fn)',
    `if (!socket) {
      chunk = nextWriteTimer = null
      error(Errors.connection('CONNECTION_CLOSED', options))
      return false
    }
    const x = socket.write(chunk, fn)`,
  ],
  // What was not sent stays in the buffer, and the next start-up of this connection waits behind it for ever.
  [
    `clearImmediate(nextWriteTimer)
    socket.removeListener('data', data)`,
    `clearImmediate(nextWriteTimer)
    chunk = nextWriteTimer = null
    socket.removeListener('data', data)`,
  ],
  // A connection lost during its first query rejects a promise that nobody holds; who waits is told by another.
  ['return fetchArrayTypes()', 'return fetchArrayTypes().catch(() => {})'],
];

/** Throws when a text to correct is not there: another release needs another look. */
function correct(source: string): string {
  return CORRECTIONS.reduce((text, [written, meant]) => {
    if (!text.includes(written))
      throw new Error(`the Postgres driver is another than ${FILE} is corrected for`);
    return text.replace(written, meant);
  }, source);
}

function textOf(source: ModuleSource | undefined): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source);
}

const hooks = registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith(FILE)) return loaded;
    return { ...loaded, source: correct(textOf(loaded.source)) };
  },
});
const driver = await import('postgres');
hooks.deregister();

/** postgres.js, corrected. */
export const postgres = driver.default;
