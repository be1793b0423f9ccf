// Owns the payloads of commands about test clocks.
import { z } from 'zod';
import { ID_CHARS_MAX, instant, text } from './fields.ts';

export const testClockCreate = z.strictObject({
  name: text(200),
  /** The time its customers start in. */
  now: instant,
});

export const testClockAdvance = z.strictObject({
  clockId: text(ID_CHARS_MAX),
  to: instant,
});
