// Owns the description of one API operation as data: its path, what it takes, what it answers, and what it runs.
// mount.ts turns it into a route, openapi.ts into documentation, tests into a matrix.
import type { z } from 'zod';
import type { OperationId, Role } from './access.ts';
import type { Preferences } from './preferences.ts';
import type { Refusal } from './problem.ts';

/** Everything about the call that is not its parameters. */
export type Call = Preferences & {
  /** Empty for operations of the operator key. */
  readonly tenant: string;
  readonly role: Role | undefined;
  /** Id of the API key; undefined for the operator key. */
  readonly keyId: string | undefined;
  /** W3C traceparent of the request's span. */
  readonly trace: string | undefined;
  readonly request: Request;
};

export type Success<R> = {
  readonly ok: true;
  readonly status: 200 | 201 | 202 | 204;
  readonly body: R | undefined;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Answer<R> = Success<R> | Refusal;

type Shape = z.ZodObject;
type Empty = z.ZodObject<Record<never, never>>;
/** What the operation answers when all is well; `schema` is absent when there is no body. */
export type Documented = {
  readonly description: string;
  readonly schema?: z.ZodType;
};

export type OperationSpec<P extends Shape, Q extends Shape, B extends z.ZodType, R> = {
  readonly id: OperationId;
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** Below the base path, parameters in braces. */
  readonly path: `/${string}`;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: P;
  readonly query?: Q;
  /** A JSON body. Absent: the operation takes none, or reads the request itself (`bodies`). */
  readonly body?: B;
  /** Shown in the API document in place of `body`, where that says too little. */
  readonly documents?: z.ZodType;
  /** Media types of a body the operation reads itself, with their schemas. */
  readonly bodies?: Readonly<Record<string, z.ZodType>>;
  /** Takes Idempotency-Key and Prefer. */
  readonly command?: true;
  /** Changes nothing, though its question is too long for a query. */
  readonly reads?: true;
  /** Takes Prefer only: what is sent carries an identity of its own. */
  readonly waits?: true;
  readonly answers: Readonly<Partial<Record<200 | 201 | 202 | 204, Documented>>>;
  readonly run: (
    input: { readonly params: z.output<P>; readonly query: z.output<Q>; readonly body: z.output<B> },
    call: Call,
  ) => Promise<Answer<R>>;
};

/** An operation whose types are closed, so that a table can hold all of them. */
export type Operation = Omit<OperationSpec<Shape, Shape, z.ZodType, unknown>, 'run'> & {
  readonly run: (
    input: { readonly params: unknown; readonly query: unknown; readonly body: unknown },
    call: Call,
  ) => Promise<Answer<unknown>>;
};

/** Checks an operation's parts against each other and forgets its own types: mount.ts validates before it runs. */
export function operation<
  R,
  P extends Shape = Empty,
  Q extends Shape = Empty,
  B extends z.ZodType = z.ZodUndefined,
>(spec: OperationSpec<P, Q, B, R>): Operation {
  return spec as unknown as Operation;
}

/** A successful answer. */
export function success<R>(
  status: 200 | 201 | 202,
  body: R,
  headers?: Readonly<Record<string, string>>,
): Success<R> {
  return headers ? { ok: true, status, body, headers } : { ok: true, status, body };
}
