// Owns how a schema's complaint becomes a rejection: the first one, with a pointer into what was given.
import type { z } from 'zod';
import { type Rejection, reject } from '#actors/rejection.ts';
import { nearestIssues } from './nearest-issues.ts';

export function invalidPayload(error: z.ZodError): Rejection {
  const [issue] = nearestIssues(error.issues);
  const pointer = issue?.path.map((step) => `/${escaped(String(step))}`).join('');
  return reject('invalid_payload', issue?.message ?? 'is not what the command takes', pointer);
}

/** RFC 6901. */
function escaped(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1');
}
