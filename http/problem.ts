// Owns the form of every refusal a client sees: RFC 9457 problem details with stable codes and field pointers.
// Refuses to show anything of an unexpected fault but the request id.
import { PROBLEMS } from './problem-codes.ts';

/** What is wrong with one field: `pointer` is a JSON pointer into the body, `parameter` a path, query or header name. */
export type FieldError = {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly code: string;
  readonly message: string;
};

/** An expected no, as a value. `extra` becomes further members of the problem. */
export type Refusal = {
  readonly ok: false;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly extra?: Readonly<Record<string, unknown>>;
};

export const PROBLEM_TYPE = 'application/problem+json';

/** A refusal that names no field. */
export function refuse(code: string, detail: string, headers?: Readonly<Record<string, string>>): Refusal {
  return headers ? { ok: false, code, detail, headers } : { ok: false, code, detail };
}

/** A refusal because of fields. */
export function refuseFields(code: string, detail: string, errors: readonly FieldError[]): Refusal {
  return { ok: false, code, detail, errors };
}

/** What an actor rejected, as a refusal; its pointer leads into the command's payload, which is the body. */
export function rejected(rejection: {
  readonly code: string;
  readonly message: string;
  readonly pointer?: string | undefined;
}): Refusal {
  const { code, message, pointer } = rejection;
  return pointer === undefined
    ? refuse(code, message)
    : refuseFields(code, message, [{ pointer, code, message }]);
}

/** The status a code answers with; undefined for a code the table does not know. */
export function statusOf(code: string): number | undefined {
  return isKnown(code) ? PROBLEMS[code][0] : undefined;
}

/** The whole response for a refusal. */
export function problemResponse(refusal: Refusal, requestId: string): Response {
  const code = isKnown(refusal.code) ? refusal.code : 'internal';
  const [status, title] = PROBLEMS[code];
  const body = {
    type: `urn:accrue:problem:${code}`,
    title,
    status,
    detail:
      code === refusal.code ? refusal.detail : 'The request failed. Quote the request id when you report it.',
    code,
    ...(refusal.errors ? { errors: refusal.errors } : {}),
    ...refusal.extra,
    requestId,
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store', ...refusal.headers },
  });
}

function isKnown(code: string): code is keyof typeof PROBLEMS {
  return Object.hasOwn(PROBLEMS, code);
}
