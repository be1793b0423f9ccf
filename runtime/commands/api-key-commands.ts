// Owns the payloads of commands about API keys.
import { z } from 'zod';
import { ID_CHARS_MAX, text } from './fields.ts';

export const apiKeyCreate = z.strictObject({
  /** For people, to know it again in the list. */
  name: text(200),
  role: z.enum(['reader', 'operator', 'admin', 'service']),
});

export const apiKeyRevoke = z.strictObject({ keyId: text(ID_CHARS_MAX) });
