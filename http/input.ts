// Owns turning a request into an operation's input: path, query and body against its schemas, nothing unknown let through.
import type { z } from 'zod';
import { isStorable, NOT_STORABLE } from '#runtime/commands/fields.ts';
import { parseJson } from './body/parse-json.ts';
import { BODY_BYTES_MAX, mediaType, readBody } from './body/read-body.ts';
import type { Operation } from './operation.ts';
import { type FieldError, type Refusal, refuse, refuseFields } from './problem.ts';
import { fieldErrors } from './validation.ts';

export type RawInput = {
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, readonly string[]>>;
};

export type Input = { readonly params: unknown; readonly query: unknown; readonly body: unknown };

/** Validates in the order a reader would: path, query, body. The body is read only if all before is fine. */
export async function readInput(
  operation: Operation,
  raw: RawInput,
): Promise<({ ok: true } & Input) | Refusal> {
  const params = operation.params?.safeParse(raw.params);
  // A name that cannot exist does not exist.
  if (params?.success === false || !Object.values(raw.params).every(isStorable))
    return refuse('not_found', 'There is no such thing.');
  const query = readQuery(operation.query, raw.query);
  if (!query.ok) return query;
  const body = await readJsonBody(operation, raw.request);
  if (!body.ok) return body;
  return { ok: true, params: params?.data, query: query.value, body: body.value };
}

function readQuery(schema: z.ZodObject | undefined, query: RawInput['query']): Value | Refusal {
  const repeated = Object.keys(query).filter((name) => (query[name]?.length ?? 0) > 1);
  if (repeated.length > 0) {
    return badQuery(
      repeated.map((parameter) => ({ parameter, code: 'repeated', message: 'give it only once' })),
    );
  }
  // A cursor is only ever what we gave out, and its reader says so.
  const unstorable = Object.keys(query).filter(
    (name) => name !== 'cursor' && !query[name]?.every(isStorable),
  );
  if (unstorable.length > 0) {
    return badQuery(
      unstorable.map((parameter) => ({ parameter, code: 'text_not_storable', message: NOT_STORABLE })),
    );
  }
  const single = Object.fromEntries(Object.entries(query).map(([name, values]) => [name, values[0]]));
  if (schema === undefined) {
    const unknown = Object.keys(single);
    return unknown.length === 0 ? { ok: true, value: undefined } : badQuery(unknown.map(unknownParameter));
  }
  const parsed = schema.strict().safeParse(single);
  return parsed.success
    ? { ok: true, value: parsed.data }
    : badQuery(fieldErrors(parsed.error, 'parameters'));
}

type Value = { readonly ok: true; readonly value: unknown };

async function readJsonBody({ body, bodies, method }: Operation, request: Request): Promise<Value | Refusal> {
  if (bodies !== undefined || method === 'get') return { ok: true, value: undefined };
  const type = mediaType(request);
  if (type !== undefined && type !== 'application/json') {
    return refuse('unsupported_media_type', 'Send application/json.', { accept: 'application/json' });
  }
  const read = await readBody(request, BODY_BYTES_MAX);
  if (!read.ok) return read;
  if (read.bytes.length === 0) return validateBody(body, undefined);
  if (type === undefined) return refuse('unsupported_media_type', 'Say Content-Type: application/json.');
  const parsed = parseJson(read.bytes);
  return parsed.ok ? validateBody(body, parsed.value) : parsed;
}

function validateBody(schema: z.ZodType | undefined, value: unknown): Value | Refusal {
  if (schema === undefined) {
    if (value === undefined || isEmptyObject(value)) return { ok: true, value: undefined };
    return refuse('invalid_request', 'This operation takes no body.');
  }
  // No body stands for an empty object, so that operations without required fields need none.
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return { ok: true, value: parsed.data };
  return refuseFields(
    'invalid_request',
    'The body does not fit; see errors.',
    fieldErrors(parsed.error, 'body'),
  );
}

function isEmptyObject(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  );
}

function unknownParameter(parameter: string): FieldError {
  return { parameter, code: 'unknown_field', message: 'there is no such parameter' };
}

function badQuery(errors: readonly FieldError[]): Refusal {
  return refuseFields('invalid_request', 'The query does not fit; see errors.', errors);
}
