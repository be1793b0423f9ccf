// Owns POST /usage/events as NDJSON: lines are taken in chunks, the next one read only when the one before is durable.
import { LineTooLong, lineGroups } from '#http/body/lines.ts';
import { refuseUnreadable } from '#http/body/read-body.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Answer, type Call, success } from '#http/operation.ts';
import { type Refusal, refuse } from '#http/problem.ts';
import { countResults, NO_COUNTS, overloaded, refuseEvents } from '#http/usage-answers.ts';
import type { IngestReceipt } from '#runtime/ingest/receipt.ts';
import { parseUsageBody } from '#runtime/ingest/usage-body.ts';
import { BATCH_EVENTS_MAX, type UsageEventInput } from '#runtime/ingest/usage-event.ts';

/** With a thousand lines a chunk, a hundred million events; the server's time limit on a request ends most before. */
const STREAM_BYTES_MAX = 10_000_000_000;
const OVERLOADED_TRIES_MAX = 20;

type Chunk = { readonly receipt: IngestReceipt; readonly events: number };

/** Stops at the first chunk that is refused; what came before it is durable and stays. */
export async function ingestStream(deps: HttpDeps, call: Call): Promise<Answer<unknown>> {
  const unreadable = refuseUnreadable(call.request, STREAM_BYTES_MAX);
  if (unreadable) return unreadable;
  const chunks: Chunk[] = [];
  const refusal = await takeAll(deps, call, chunks);
  const answer = await summarize(deps, call, chunks);
  if (refusal !== undefined) return { ...refusal, extra: { accepted: answer } };
  if (chunks.length === 0) return refuse('no_events', 'There is no event in the body.');
  return success(answer.status === 'counted' ? 200 : 202, answer);
}

async function takeAll(deps: HttpDeps, call: Call, chunks: Chunk[]): Promise<Refusal | undefined> {
  let before = 0;
  try {
    for await (const lines of lineGroups(bytesOf(call.request), BATCH_EVENTS_MAX)) {
      const taken = await takeChunk(deps, call, lines);
      if ('ok' in taken) return shiftPointers(taken, before);
      chunks.push(taken);
      before += taken.events;
    }
    return undefined;
  } catch (error) {
    if (error instanceof LineTooLong)
      return refuse('body_too_large', `After event ${before}: ${error.message}.`);
    if (error instanceof TypeError)
      return refuse('malformed_utf8', `After event ${before}: the body must be UTF-8.`);
    if (call.request.signal.aborted)
      return refuse('body_incomplete', 'The connection ended before the body did.');
    throw error;
  }
}

function bytesOf({ body }: Request): AsyncIterable<Uint8Array> {
  return body ?? ReadableStream.from<Uint8Array>([]);
}

async function takeChunk({ ingest, clock }: HttpDeps, call: Call, lines: string[]): Promise<Chunk | Refusal> {
  const body = parseUsageBody(lines.join('\n'), 'application/x-ndjson');
  if (!body.ok) return refuseEvents(body.problems);
  const { tenant, trace } = call;
  const { signal } = call.request;
  const events: readonly UsageEventInput[] = body.events;
  for (let tries = 1; ; tries += 1) {
    const taken = await ingest.accept(tenant, events, { shape: body.shape, signal, trace });
    if (taken.kind === 'refused') return refuseEvents(taken.problems);
    if (taken.kind === 'accepted') return { receipt: taken.receipt, events: events.length };
    if (tries === OVERLOADED_TRIES_MAX) return overloaded(taken.retryAfterSeconds);
    await clock.sleep(taken.retryAfterSeconds * 1000, signal);
  }
}

/** `/3` of a chunk is `/1003` of a stream in which 1,000 events came before. */
function shiftPointers(refusal: Refusal, before: number): Refusal {
  const errors = refusal.errors?.map((error) => ({
    ...error,
    ...(error.pointer !== undefined && {
      pointer: error.pointer.replace(/^\/(\d+)/, (_, index: string) => `/${Number(index) + before}`),
    }),
  }));
  return errors ? { ...refusal, errors } : refusal;
}

async function summarize({ ingest, clock }: HttpDeps, call: Call, chunks: readonly Chunk[]) {
  const untilMs = clock.monotonicMs() + call.waitMs;
  let counts = NO_COUNTS;
  let events = 0;
  const summaries: { id: string; status: 'pending' | 'counted'; events: number }[] = [];
  for (const chunk of chunks) {
    const result = await ingest.wait(chunk.receipt, Math.max(0, untilMs - clock.monotonicMs()));
    if (result !== undefined) counts = countResults(result.results, counts);
    const status = result === undefined ? 'pending' : 'counted';
    summaries.push({ id: chunk.receipt.id, status, events: chunk.events });
    events += chunk.events;
  }
  const status = summaries.every((chunk) => chunk.status === 'counted') ? 'counted' : 'pending';
  return { status, events, counts, chunks: summaries } as const;
}
