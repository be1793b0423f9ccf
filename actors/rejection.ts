// Owns what a command is answered with. A rejection is a value with a code and no side effect (law 9).

export type Rejection = {
  ok: false;
  /** Stable, snake_case; http/problem.ts maps it to a status. */
  code: string;
  message: string;
  /** JSON pointer into the command's payload. */
  pointer?: string;
};

export type Outcome = { ok: true; data: unknown } | Rejection;

/** Builds a rejection; `pointer` names the field at fault where there is one. */
export function reject(code: string, message: string, pointer?: string): Rejection {
  return pointer === undefined ? { ok: false, code, message } : { ok: false, code, message, pointer };
}
