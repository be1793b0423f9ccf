// Owns the translation of zod's findings into field errors a client can point at.
import type { z } from 'zod';
import { nearestIssues } from '#runtime/commands/nearest-issues.ts';
import { escapePointer } from './body/parse-json.ts';
import type { FieldError } from './problem.ts';

const ERRORS_MAX = 50;
/** Of zod, for clients one and the same. */
const VALUE_CODES: ReadonlySet<string> = new Set(['custom', 'invalid_format', 'invalid_union']);

type Issue = z.core.$ZodIssue;

/** One entry a finding, unknown members one by one; at most 50. `where` says what the paths lead into. */
export function fieldErrors(error: z.ZodError, where: 'body' | 'parameters'): FieldError[] {
  return nearestIssues(error.issues)
    .flatMap((issue) => describe(issue, where))
    .slice(0, ERRORS_MAX);
}

function describe(issue: Issue, where: 'body' | 'parameters'): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      ...place([...issue.path, key], where),
      code: 'unknown_field',
      message: 'there is no such field here',
    }));
  }
  return [{ ...place(issue.path, where), code: codeOf(issue), message: issue.message }];
}

function place(path: readonly PropertyKey[], where: 'body' | 'parameters'): Partial<FieldError> {
  if (where === 'parameters') return { parameter: String(path[0] ?? '') };
  return { pointer: path.map((part) => `/${escapePointer(String(part))}`).join('') };
}

function codeOf(issue: Issue): string {
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return 'required';
  return VALUE_CODES.has(issue.code) ? 'invalid_value' : issue.code;
}
