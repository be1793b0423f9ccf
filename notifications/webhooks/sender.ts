// Owns one POST to a receiver: deadlines, what is kept of the answer, and the word for how it ended.
// Refuses to know deliveries, retries and secrets.
import type { Dispatcher } from 'undici';
import type { Clock } from '#runtime/clock.ts';
import type { Log } from '#runtime/log.ts';
import { type AttemptOutcome, isOverload, outcomeOfError, outcomeOfStatus } from './attempt-outcome.ts';
import { createConnectionPools } from './connection-pools.ts';
import { type DestinationRules, parseDestination } from './destination.ts';
import { createResolve, guardedConnect, type Resolve } from './guarded-connect.ts';
import { retryAfterMs } from './retry-after.ts';

/** To the end of the answer's headers, connecting included. */
const HEADERS_MS_MAX = 10_000;
/** To the end of what is read of the body. */
const TOTAL_MS_MAX = 15_000;
const EXCERPT_BYTES_MAX = 4096;
const USER_AGENT = 'Accrue-Webhooks/1';
/** An abort without a reason makes an error with a stack, on every call. */
const ENDED = 'ended';

export type Post = {
  readonly endpointId: string;
  readonly url: string;
  /** Connections to this endpoint at most. */
  readonly concurrency: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Aborted: the call is given up, and nobody knows whether it arrived. */
  readonly signal: AbortSignal;
};

export type PostResult = {
  readonly outcome: AttemptOutcome;
  readonly statusCode?: number;
  /** The first bytes of the answer as text, without NUL. */
  readonly responseExcerpt?: string;
  /** What the endpoint asked for. */
  readonly retryAfterMs?: number;
  readonly overloaded: boolean;
  readonly durationMs: number;
};

export type Sender = {
  /** Never rejects for what the network or the receiver did. Undefined: given up by the signal before it ended. */
  post(request: Post): Promise<PostResult | undefined>;
  close(): Promise<void>;
};

type Answer = Pick<PostResult, 'outcome' | 'statusCode' | 'responseExcerpt' | 'retryAfterMs'>;

/** `resolve` and `ca` are the machine's own unless given. */
export function createSender(
  deps: DestinationRules & {
    readonly clock: Clock;
    readonly log: Log;
    readonly resolve?: Resolve;
    readonly ca?: string;
  },
): Sender {
  const { clock, log, allowPrivate, resolve = createResolve({ allowPrivate }), ca } = deps;
  const pools = createConnectionPools(guardedConnect({ allowPrivate, resolve, ca }));

  const call = async (request: Post): Promise<Answer | undefined> => {
    const destination = parseDestination(request.url, { allowPrivate });
    if (!destination.ok) return { outcome: 'destination_refused' };
    const { url } = destination;
    const pool = pools.poolOf(request.endpointId, url.origin, request.concurrency);
    const deadlines = startDeadlines(clock, request.signal);
    try {
      const response = await pool.request({
        method: 'POST',
        path: `${url.pathname}${url.search}`,
        headers: { ...request.headers, 'content-type': 'application/json', 'user-agent': USER_AGENT },
        body: request.body,
        signal: deadlines.signal,
      });
      deadlines.headersArrived();
      return await answerOf(response, clock);
    } catch (error) {
      if (request.signal.aborted) return undefined;
      if (deadlines.signal.aborted) return { outcome: 'timed_out' };
      const outcome = outcomeOfError(error);
      // Rather a receiver's oddity than our bug: it must not stop the endpoint's other deliveries.
      if (outcome === undefined)
        log.error('unknown fault of a webhook call', { endpoint: request.endpointId, error });
      return { outcome: outcome ?? 'connection_lost' };
    } finally {
      deadlines.stop();
    }
  };

  return {
    async post(request) {
      const startedMs = clock.monotonicMs();
      const answer = await call(request);
      if (answer === undefined) return undefined;
      const durationMs = Math.round(clock.monotonicMs() - startedMs);
      return { ...answer, overloaded: isOverload(answer.outcome, answer.statusCode), durationMs };
    },
    close: pools.close,
  };
}

/** The status decides; a body that breaks off, drips or never ends does not change it. */
async function answerOf(response: Dispatcher.ResponseData, clock: Clock): Promise<Answer> {
  const { statusCode, headers, body } = response;
  const responseExcerpt = await excerptOf(body);
  const header = headers['retry-after'];
  const after = retryAfterMs(Array.isArray(header) ? header[0] : header, clock.wall());
  return {
    outcome: outcomeOfStatus(statusCode),
    statusCode,
    responseExcerpt,
    ...(after === undefined ? {} : { retryAfterMs: after }),
  };
}

/** Leaving the loop early destroys the body and with it the connection, so the rest is never read. */
async function excerptOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > EXCERPT_BYTES_MAX) break;
    }
  } catch {
    // What arrived before the break is what there is to keep.
  }
  const kept = Buffer.concat(chunks).subarray(0, EXCERPT_BYTES_MAX);
  return kept.toString('utf8').replaceAll('\0', '\u{fffd}');
}

/** One signal for all that ends a call early: its two deadlines, and the giving up of the whole job. */
function startDeadlines(
  clock: Clock,
  job: AbortSignal,
): { signal: AbortSignal; headersArrived(): void; stop(): void } {
  const call = new AbortController();
  const headers = new AbortController();
  const whole = new AbortController();
  const end = (): void => call.abort();
  const endAfter = async (ms: number, finished: AbortSignal): Promise<void> => {
    await clock.sleep(ms, finished);
    if (!finished.aborted) end();
  };
  if (job.aborted) end();
  job.addEventListener('abort', end, { once: true });
  void endAfter(HEADERS_MS_MAX, headers.signal);
  void endAfter(TOTAL_MS_MAX, whole.signal);
  return {
    signal: call.signal,
    headersArrived: () => headers.abort(ENDED),
    stop: () => {
      headers.abort(ENDED);
      whole.abort(ENDED);
      job.removeEventListener('abort', end);
    },
  };
}
