// Owns the sharing of one Postgres session among the connections of all processes: who speaks, who waits, and what goes
// wrong on the way. Transactions run one after another, in an order the seed decides.
import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Chronicle } from './chronicle.ts';
import type { Dice } from './dice.ts';
import type { Engine } from './engine.ts';
import { createStatementShelf, type StatementShelf } from './statement-shelf.ts';
import type { Owner, Timeline } from './timeline.ts';
import {
  createRequestReader,
  messagesOf,
  type Request,
  SYNC,
  simpleQuery,
  statusOf,
  welcome,
} from './wire.ts';

/** What becomes of one request: `lost…` breaks the connection, `crash…` ends the process; `40…` is the server's refusal. */
export type RequestFate =
  | 'served'
  | 'lost_before'
  | 'lost_after'
  | 'crash_before'
  | 'crash_after'
  | '40001'
  | '40P01';

export type Caller = Owner & { crash(why: string): void };
export type Judge = (caller: Caller, request: Request) => RequestFate;

export type Session = {
  /** A connection for the driver's `socket` option. */
  connect(caller: Caller): EventEmitter;
  /** Ends all connections of a process, as its machine would. */
  cut(caller: Caller): void;
  /** Ends the transaction of a process that stops in the middle of one, as the server's idle timeout would. */
  endTransaction(caller: Caller): void;
  /** No transaction is open. */
  isIdle(): boolean;
  served(): number;
};

type Connection = {
  readonly number: number;
  readonly caller: Caller;
  readonly socket: EventEmitter & { readyState: string };
  /** Written, on their way, in order. */
  readonly travelling: Request[][];
  readonly waiting: Request[];
  readonly shelved: ReturnType<StatementShelf['forConnection']>;
  answers: Buffer[];
  open: boolean;
};

const LATENCY_MS = 1;
const IDLE_IN_TRANSACTION_MS = 15_000;

export function createSession(deps: {
  readonly engine: Engine;
  readonly timeline: Timeline;
  readonly dice: Dice;
  readonly chronicle: Chronicle;
  readonly judge: Judge;
}): Session {
  const { engine, timeline, dice, chronicle, judge } = deps;
  const connections = new Set<Connection>();
  const shelf = createStatementShelf();
  let holder: Connection | undefined;
  let isAborted = false;
  let made = 0;
  let served = 0;

  const drop = (connection: Connection): void => {
    if (!connection.open) return;
    connection.open = false;
    connections.delete(connection);
    if (holder === connection) {
      engine.exchange(SYNC);
      engine.exchange(simpleQuery('rollback'));
      holder = undefined;
      isAborted = false;
    }
    connection.socket.readyState = 'closed';
    timeline.after(0, () => connection.socket.emit('close', false), connection.caller);
    serve();
  };

  const answer = (connection: Connection, bytes: Buffer): void => {
    connection.answers.push(bytes);
    if (connection.answers.length > 1) return;
    timeline.after(
      dice.number() * LATENCY_MS,
      () => {
        const all = Buffer.concat(connection.answers);
        connection.answers = [];
        if (connection.open) connection.socket.emit('data', all);
      },
      connection.caller,
    );
  };

  const ask = (connection: Connection, request: Request): Buffer => {
    // A simple query ends what is prepared without a name only.
    if (request.ends === 'query') return engine.exchange(request.bytes);
    const { bytes, answered } = connection.shelved(request.bytes, isAborted);
    return answered(engine.exchange(bytes));
  };

  const work = (connection: Connection, request: Request, refused?: string): void => {
    const reply =
      refused === undefined
        ? ask(connection, request)
        : engine.exchange(
            simpleQuery(`do $$ begin raise exception 'injected' using errcode = '${refused}'; end $$`),
          );
    served += 1;
    const status = statusOf(reply);
    holder = status === 'I' ? undefined : connection;
    isAborted = status === 'E';
    if (holder !== undefined) watch(holder, served);
    chronicle.note('sql', `${connection.caller.name} ${digest(request.sql)} ${outcomeOf(request, reply)}`);
    answer(connection, reply);
  };

  /** The server ends a session that idles inside a transaction, as the settings of the pool ask it to. */
  const watch = (connection: Connection, request: number): void => {
    timeline.after(IDLE_IN_TRANSACTION_MS, () => {
      if (holder !== connection || served !== request) return;
      chronicle.note('fault', `idle in transaction ${connection.caller.name}`);
      drop(connection);
    });
  };

  const handle = (connection: Connection, request: Request): void => {
    const { caller } = connection;
    if (request.ends === 'terminate') return drop(connection);
    const fate = judge(caller, request);
    if (fate !== 'served') chronicle.note('fault', `${fate} ${caller.name} ${digest(request.sql)}`);
    switch (fate) {
      case 'served':
        return work(connection, request);
      case '40001':
      case '40P01':
        return work(connection, request, request.ends === 'flush' ? undefined : fate);
      case 'lost_before':
        return drop(connection);
      case 'lost_after':
        work(connection, request);
        return drop(connection);
      case 'crash_before':
        return caller.crash(`before ${digest(request.sql)}`);
      case 'crash_after':
        work(connection, request);
        return caller.crash(`after ${digest(request.sql)}`);
      default:
        return fate satisfies never;
    }
  };

  const nextRequest = (): { connection: Connection; request: Request } | undefined => {
    const waiting =
      holder === undefined ? [...connections].filter((one) => one.waiting.length > 0) : [holder];
    if (waiting.length === 0) return undefined;
    const connection = dice.pick(waiting);
    const request = connection.waiting.shift();
    return request && { connection, request };
  };

  let serving = false;
  const serve = (): void => {
    if (serving) return;
    serving = true;
    for (let next = nextRequest(); next !== undefined; next = nextRequest())
      handle(next.connection, next.request);
    serving = false;
  };

  const connect = (caller: Caller): EventEmitter => {
    made += 1;
    const socket = Object.assign(new EventEmitter(), { readyState: 'open' });
    const connection: Connection = {
      number: made,
      caller,
      socket,
      travelling: [],
      waiting: [],
      shelved: shelf.forConnection(),
      answers: [],
      open: true,
    };
    const reader = createRequestReader();
    connections.add(connection);
    const receive = (chunk: Buffer): boolean => {
      timeline.stir();
      if (caller.dead || !connection.open) return true;
      const { greeted, requests } = reader.read(chunk);
      if (greeted) answer(connection, welcome());
      if (requests.length === 0) return true;
      connection.travelling.push(requests);
      timeline.after(dice.number() * LATENCY_MS, () => {
        if (!connection.open) return;
        connection.waiting.push(...(connection.travelling.shift() ?? []));
        serve();
      });
      return true;
    };
    const end = (): void => void timeline.after(0, () => drop(connection));
    return Object.assign(socket, {
      write: receive,
      end: (chunk?: Buffer) => {
        if (chunk) receive(chunk);
        end();
      },
      destroy: end,
      pause: () => undefined,
      resume: () => undefined,
    });
  };

  return {
    connect,
    cut: (caller) => {
      for (const connection of connections) if (connection.caller === caller) drop(connection);
    },
    endTransaction: (caller) => {
      if (holder?.caller === caller) drop(holder);
    },
    isIdle: () => holder === undefined,
    served: () => served,
  };
}

/** The beginning of a statement in one line, enough to find it. */
function digest(sql: string): string {
  return sql.replaceAll(/\s+/g, ' ').trim().slice(0, 60);
}

/** What came back, as far as a replay must repeat it: rows, counts and refusals, without the server's own numbers. */
function outcomeOf({ sql }: Request, reply: Buffer): string {
  // The catalog numbers what a seed makes after what the seeds before it made.
  if (sql.includes('pg_catalog')) return 'catalog';
  const hash = createHash('md5');
  let rows = 0;
  let words = '';
  for (const { type, body } of messagesOf(reply)) {
    if (type === 'D') {
      rows += 1;
      hash.update(body);
    }
    if (type === 'C') words += ` ${body.toString('latin1', 0, body.length - 1)}`;
    if (type === 'E') words += ` refused ${/C(\w{5})\0/.exec(body.toString('latin1'))?.[1] ?? ''}`;
  }
  return rows === 0 ? words.trim() : `${rows}:${hash.digest('hex').slice(0, 12)}${words}`;
}
