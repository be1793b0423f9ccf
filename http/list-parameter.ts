// Owns how query parameters write what is more than a text: lists by commas or as JSON, objects as JSON.
import { z } from 'zod';

/** `a,b` or, for names that hold commas, `["a","b"]`. */
export function listParameter<T extends z.ZodType>(
  schema: T,
  meta: { description: string; example: string },
) {
  return z
    .string()
    .max(LIST_CHARS_MAX)
    .transform((text, context) => (text.startsWith('[') ? parse(text, context) : text.split(',')))
    .pipe(schema)
    .meta(meta);
}

/** An object written as JSON. */
export function jsonParameter<T extends z.ZodType>(
  schema: T,
  meta: { description: string; example: string },
) {
  return z.string().max(LIST_CHARS_MAX).transform(parse).pipe(schema).meta(meta);
}

const LIST_CHARS_MAX = 8_192;

function parse(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' });
    return z.NEVER;
  }
}
