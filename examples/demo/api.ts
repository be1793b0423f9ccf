// Owns how the demo talks to the API: plain fetch, an idempotency key on everything that changes something, patience with
// a server that is away, and following a 202 to its outcome. Imports nothing of the engine.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const BASE_PATH = '/api/v1/billing';
/** "Not now": the same request again is right, because its key makes it the same. */
const NOT_NOW: readonly number[] = [429, 500, 502, 503, 504];
const PAUSE_MS = 200;
const WAIT_SECONDS = 20;
const CALL_MS_MAX = 30_000;
const PATIENCE_MS = 15_000;

export type Json = Readonly<Record<string, unknown>>;

export type Api = {
  get<T>(path: string): Promise<T>;
  /** What came of it, however long the server works on it. */
  post<T>(path: string, body?: Json): Promise<T>;
  /** Every page of a list. */
  list<T>(path: string): Promise<T[]>;
};

export type ApiOptions = {
  /** One or more servers, asked in turn; when one is away, the next. */
  readonly origins: readonly string[];
  readonly key: string;
  /** How long a server is asked to wait for the outcome, in seconds, and how long it may stay silent. */
  readonly waitSeconds?: number;
  readonly callMs?: number;
  /** How long nobody may answer before the caller hears of it. */
  readonly patienceMs?: number | undefined;
  readonly signal: AbortSignal;
};

type Request = { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: Json | undefined };
type Answer = { readonly status: number; readonly location: string | null; readonly body: unknown };

/** A client with one API key. Refusals and servers that stay away are thrown as errors that name the request. */
export function createApi(options: ApiOptions): Api {
  const { signal } = options;
  const ask = asker(options);

  const settled = async (answer: Answer): Promise<unknown> => {
    if (answer.status !== 202 || answer.location === null) return answer.body;
    for (;;) {
      await sleep(PAUSE_MS, undefined, { signal });
      const { body } = await ask({ method: 'GET', path: answer.location });
      const outcome = outcomeOf(body as Json, answer.location);
      if (outcome !== undefined) return outcome;
    }
  };

  return {
    get: async <T>(path: string) => (await ask({ method: 'GET', path: BASE_PATH + path })).body as T,
    post: async <T>(path: string, body?: Json) =>
      (await settled(await ask({ method: 'POST', path: BASE_PATH + path, body }))) as T,
    list: async <T>(path: string) => {
      const found: T[] = [];
      let cursor: string | null = null;
      do {
        const query = `${path.includes('?') ? '&' : '?'}limit=100${cursor === null ? '' : `&cursor=${cursor}`}`;
        const page = (await ask({ method: 'GET', path: BASE_PATH + path + query })).body as Page<T>;
        found.push(...page.data);
        cursor = page.nextCursor;
      } while (cursor !== null);
      return found;
    },
  };
}

type Page<T> = { readonly data: readonly T[]; readonly nextCursor: string | null };

/** One request to whoever answers, repeated with the same idempotency key while nobody does. */
function asker({
  origins,
  key,
  waitSeconds = WAIT_SECONDS,
  callMs = CALL_MS_MAX,
  patienceMs = PATIENCE_MS,
  signal,
}: ApiOptions): (request: Request) => Promise<Answer> {
  let turn = 0;

  const send = async ({ method, path, body }: Request, idempotencyKey: string): Promise<Answer> => {
    turn += 1;
    const response = await fetch(`${origins[turn % origins.length]}${path}`, {
      method,
      signal: AbortSignal.any([signal, AbortSignal.timeout(callMs)]),
      headers: {
        authorization: `Bearer ${key}`,
        ...(method === 'POST' && { 'idempotency-key': idempotencyKey, prefer: `wait=${waitSeconds}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    return {
      status: response.status,
      location: response.headers.get('location'),
      body: await response.json(),
    };
  };

  return async (request) => {
    const idempotencyKey = randomUUID();
    const giveUp = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    for (;;) {
      const answer = await send(request, idempotencyKey).catch((error: unknown) => {
        if (giveUp.aborted)
          throw new Error(`${request.method} ${request.path} found nobody`, { cause: error });
        return undefined;
      });
      if (answer !== undefined && (giveUp.aborted || !NOT_NOW.includes(answer.status))) {
        if (answer.status < 300) return answer;
        throw new Error(`${request.method} ${request.path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      }
      await sleep(PAUSE_MS, undefined, { signal });
    }
  };
}

/** What a command or a usage request came to; undefined while it is under way. */
function outcomeOf(body: Json, path: string): unknown {
  if (body['status'] === 'counted') return body;
  if (body['status'] !== 'done') return undefined;
  const outcome = body['outcome'] as { readonly ok: boolean; readonly data?: unknown };
  if (!outcome.ok) throw new Error(`${path}: ${JSON.stringify(outcome)}`);
  return outcome.data;
}
