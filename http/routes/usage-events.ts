// Owns POST /usage/events for whole bodies: one event, a batch, CloudEvents. Streams are in usage-stream.ts.
import { z } from 'zod';
import { BASE_PATH } from '#http/base-path.ts';
import { decodeUtf8 } from '#http/body/decode-utf8.ts';
import { mediaType, readBody } from '#http/body/read-body.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Answer, type Call, type Operation, operation, success } from '#http/operation.ts';
import { type Refusal, refuse } from '#http/problem.ts';
import { cloudEvent, usageEvent, usageRequest, usageStream } from '#http/schemas/usage.ts';
import { overloaded, refuseEvents, usageRequestBody } from '#http/usage-answers.ts';
import { parseUsageBody, type UsageBody } from '#runtime/ingest/usage-body.ts';
import { BATCH_EVENTS_MAX } from '#runtime/ingest/usage-event.ts';
import { eventPointer } from '#runtime/ingest/usage-problem.ts';
import { ingestStream } from './usage-stream.ts';

const BODY_BYTES_MAX = 5_000_000;
const STREAM_TYPES = [
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
];

const batch = z.array(usageEvent).min(1).max(BATCH_EVENTS_MAX);
const BODIES = {
  'application/json': z.union([usageEvent, z.strictObject({ events: batch }), batch]),
  'application/cloudevents+json': cloudEvent,
  'application/cloudevents-batch+json': z.array(cloudEvent).min(1).max(BATCH_EVENTS_MAX),
  'application/x-ndjson': usageEvent,
};

export function usageEventRoutes(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'ingestUsageEvents',
      method: 'post',
      path: '/usage/events',
      tag: 'Usage',
      summary: 'Report usage events',
      description:
        'One event, up to 1,000 in a body, or any number as NDJSON. Events are durable before the answer, and counted once ' +
        'whatever is sent twice: repeat a request freely. A body is taken whole or refused whole; a stream chunk by chunk.',
      bodies: BODIES,
      waits: true,
      answers: {
        200: { description: 'Counted.', schema: z.union([usageRequest, usageStream]) },
        202: {
          description: 'Durable, and counted in a moment: the results will be at Location.',
          schema: z.union([usageRequest, usageStream]),
        },
      },
      run: async (_, call) => {
        const type = mediaType(call.request) ?? '';
        if (STREAM_TYPES.includes(type)) return ingestStream(deps, call);
        if (Object.hasOwn(BODIES, type)) return ingestWhole(deps, call, type);
        return refuse('unsupported_media_type', `Send one of ${Object.keys(BODIES).join(', ')}.`, {
          accept: Object.keys(BODIES).join(', '),
        });
      },
    }),
  ];
}

async function ingestWhole({ ingest }: HttpDeps, call: Call, type: string): Promise<Answer<unknown>> {
  const read = await readBody(call.request, BODY_BYTES_MAX);
  if (!read.ok) return read;
  const decoded = decodeUtf8(read.bytes);
  if (!decoded.ok) return decoded;
  const body = parseUsageBody(decoded.text, type);
  if (!body.ok) return refuseEvents(body.problems);
  const misshaped = checkCloudEvents(type, body);
  if (misshaped) return misshaped;
  const { tenant, trace, request } = call;
  const taken = await ingest.accept(tenant, body.events, {
    shape: body.shape,
    signal: request.signal,
    trace,
  });
  if (taken.kind === 'refused') return refuseEvents(taken.problems);
  if (taken.kind === 'overloaded') return overloaded(taken.retryAfterSeconds);

  const { receipt } = taken;
  const result = call.respondAsync ? undefined : await ingest.wait(receipt, call.waitMs);
  const answer = usageRequestBody(receipt.id, result);
  // Who sends one event and looks at nothing but the status must not miss this.
  if (body.shape === 'single' && result?.results[0] === 'conflict') {
    return refuse(
      'event_conflict',
      'An event with this source and id, but another body, was reported before; it counts.',
    );
  }
  if (result !== undefined) return success(200, answer);
  return success(202, answer, { location: `${BASE_PATH}/usage/requests/${receipt.id}` });
}

/** The content type is a promise about the form; a body of another form is refused rather than guessed. */
function checkCloudEvents(
  type: string,
  { events, shape }: Extract<UsageBody, { ok: true }>,
): Refusal | undefined {
  if (!type.startsWith('application/cloudevents')) return undefined;
  const wanted = type === 'application/cloudevents+json' ? 'single' : 'list';
  if (shape !== wanted) return refuse('invalid_request', `A body of type ${type} holds ${WORDS[wanted]}.`);
  const native = events.findIndex((event) => !isCloudEvent(event));
  if (native === -1) return undefined;
  const pointer = `${eventPointer(shape, native)}/specversion`;
  return refuseEvents([{ pointer, code: 'required', message: 'a CloudEvent has a specversion' }]);
}

const WORDS = { single: 'one event', list: 'a list of events' } as const;

function isCloudEvent(event: unknown): boolean {
  return typeof event === 'object' && event !== null && Object.hasOwn(event, 'specversion');
}
