// Owns how operations that send a command document their answers.
import type { z } from 'zod';
import type { Documented } from './operation.ts';
import { commandQueued } from './schemas/notifications.ts';

const QUEUED: Documented = {
  description: 'No answer in time, or none wanted: the command goes on; its outcome will be at Location.',
  schema: commandQueued,
};

/** The answer when it is done, beside 202. */
export function commandAnswers(status: 200 | 201 | 204, description: string, schema?: z.ZodType) {
  return { [status]: schema ? { description, schema } : { description }, 202: QUEUED };
}
