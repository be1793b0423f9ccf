// Owns loading the Postgres driver with faults of it corrected, each of which ends the process, wedges a connection, lets two users
// share one or mixes two answers up when the database goes away (porsager/postgres#1154, #1208). Delete this file once a
// release has the fixes.
import { type ModuleSource, registerHooks } from 'node:module';

type Correction = readonly [written: string, meant: string];

/** Element and array types as every Postgres numbers them: those that Accrue sends or reads, and what a platform is likely to. */
const ARRAY_OIDS: readonly (readonly [oid: number, array: number])[] = [
  [16, 1000], // boolean
  [17, 1001], // bytea
  [19, 1003], // name
  [20, 1016], // bigint
  [21, 1005], // smallint
  [23, 1007], // integer
  [25, 1009], // text
  [26, 1028], // oid
  [114, 199], // json
  [700, 1021], // real
  [701, 1022], // double precision
  [1043, 1015], // varchar
  [1082, 1182], // date
  [1114, 1115], // timestamp
  [1184, 1185], // timestamptz
  [1700, 1231], // numeric
  [2950, 2951], // uuid
  [3802, 3807], // jsonb
];

const CONNECTION: readonly Correction[] = [
  // Bytes go as bytes, whatever their type: the rows of a save are arrays in Postgres' own format.
  [
    `.str(statement + b.N).i16(0).i16(parameters.length)`,
    `.str(statement + b.N).i16(parameters.length)
    parameters.forEach(x => b.i16(x instanceof Uint8Array ? 1 : 0))
    b.i16(parameters.length)`,
  ],
  [
    `type = types[i]
      parameters[i] = x =`,
    `if (x instanceof Uint8Array)
        return b.i32(x.length).raw(x)

      type = types[i]
      parameters[i] = x =`,
  ],
  // Room for all of them is made at once, or what was written before is copied again and again as more is written.
  [
    'b().B().str(portal + b.N)',
    'b().B().room(parameters.reduce((sum, x) => x instanceof Uint8Array ? sum + x.length : sum, 0)).str(portal + b.N)',
  ],
  // A message is copied before it is written, though nobody else has it.
  ['Buffer.concat([chunk, x]) : Buffer.from(x)', 'Buffer.concat([chunk, x]) : x'],
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
  // A query that is asked between the fault of a socket and its end is forgotten.
  ['!hadError && (query || sent.length) && error(', ';(query || sent.length) && error('],
  // Arrays are known by a question to the catalogue, once; when it fails, all later arrays are sent as something else.
  [
    ', needsTypes = options.fetch_types',
    `, needsTypes = ${JSON.stringify(ARRAY_OIDS)}.forEach(([oid, array]) => addArrayType(oid, array))`,
  ],
  // Without that question, who waits to reserve the first connection is not told that it stands.
  [
    `initial && !initial.reserve && execute(initial)
      options.shared.retries = retries = 0
      initial = null
      return`,
    `const first = initial
      options.shared.retries = retries = 0
      initial = null
      if (!first.reserve) return execute(first)`,
  ],
  // A statement whose plan is out of date is sent again behind others that wait in the same transaction, which has failed: it
  // swallows the rollback, or is done after it. So only outside a transaction; within one it is prepared anew the next time.
  [
    `: query.prepared && retryRoutines.has(errorResponse.routine)
            ? retry`,
    `: query.prepared && retryRoutines.has(errorResponse.routine) && (x[5] === 73 || !delete statements[query.signature])
            ? retry`,
  ],
  // An answer that breaks off after its first rows shifts the rows of the next one: its first row is not where it is looked for.
  [
    `query = results = errorResponse = null
    result = new Result()`,
    `query = results = errorResponse = null
    rows = 0
    result = new Result()`,
  ],
];

const BYTES: readonly Correction[] = [
  [
    '  raw(x) {',
    `  room(x) {
    fit(x)
    return b
  },
  raw(x) {`,
  ],
  // All that was written before is copied for every parameter of bytes.
  [
    `buffer = Buffer.concat([buffer.subarray(0, b.i), x])
    b.i = buffer.length`,
    `fit(x.length)
    buffer.set(x, b.i)
    b.i += x.length`,
  ],
];

const POOL: readonly Correction[] = [
  // Who waits to reserve is served from the queue; taken out of it for a reconnect, he waits for ever.
  [
    'queries.length && connect(c, queries.shift())',
    `if (queries.length) {
      const next = queries.shift()
      if (next.reserve) {
        const behind = []
        while (queries.length) behind.push(queries.shift())
        for (const one of [next, ...behind]) queries.push(one)
      }
      connect(c, next)
    }`,
  ],
  // One who was refused stays in the queue, and the next connection is given to nobody.
  [
    'const query = { reserve: resolve, reject }',
    'const query = { reserve: resolve, reject: (error) => { queries.remove(query); reject(error) } }',
  ],
  // A reserved connection that was lost comes back as somebody else's: its old user must neither speak on it nor release it.
  [
    `    c.reserved.release = true

    const sql = Sql(handler)
    sql.release = () => {
      c.reserved = null
      onopen(c)
    }`,
    `    c.reserved.release = true
    let lost
    c.onclose = (error) => {
      lost = error
      while (queue.length) queue.shift().reject(error)
    }

    const sql = Sql(handler)
    sql.release = () => {
      if (lost) return
      lost = Errors.connection('CONNECTION_CLOSED', options)
      c.onclose = null
      c.reserved = null
      onopen(c)
    }`,
  ],
  [
    `    function handler(q) {
      c.queue === full
        ? queue.push(q)
        : c.execute(q) || move(c, full)
    }
  }

  async function begin`,
    `    function handler(q) {
      if (lost) return q.reject(lost)
      c.queue === full
        ? queue.push(q)
        : c.execute(q) || move(c, full)
    }
  }

  async function begin`,
  ],
];

/** The same of a connection whose transaction was lost. */
const TRANSACTION: readonly Correction[] = [
  ['    let savepoints = 0\n', '    let lost\n    let savepoints = 0\n'],
  [
    'new Promise((_, reject) => connection.onclose = reject)',
    `new Promise((_, reject) => connection.onclose = (error) => {
          lost = error
          while (queries.length) queries.shift().reject(error)
          reject(error)
        })`,
  ],
  [
    'q.catch(e => uncaughtError || (uncaughtError = e))',
    `q.catch(e => uncaughtError || (uncaughtError = e))
        if (lost) return q.reject(lost)`,
  ],
];

const CORRECTIONS: Readonly<Record<string, readonly Correction[]>> = {
  '/postgres/src/bytes.js': BYTES,
  '/postgres/src/connection.js': CONNECTION,
  '/postgres/src/index.js': [...POOL, ...TRANSACTION],
};

/** Throws when a text to correct is not there: another release needs another look. */
function correct(source: string, corrections: readonly Correction[]): string {
  return corrections.reduce((text, [written, meant]) => {
    if (!text.includes(written))
      throw new Error(`the Postgres driver is another than the one that is corrected`);
    return text.replace(written, () => meant);
  }, source);
}

function textOf(source: ModuleSource | undefined): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source);
}

const hooks = registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    const corrections = Object.entries(CORRECTIONS).find(([file]) => url.endsWith(file))?.[1];
    return corrections ? { ...loaded, source: correct(textOf(loaded.source), corrections) } : loaded;
  },
});
const driver = await import('postgres');
hooks.deregister();

/** postgres.js, corrected. */
export const postgres = driver.default;
