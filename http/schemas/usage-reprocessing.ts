// Owns the schema of a reprocessing as the API answers it.
import { z } from 'zod';
import { id, time } from './fields.ts';

const count = z.string().meta({ example: '128' });

export const usageReprocessing = z
  .object({
    id: id('rep'),
    meterId: id('mtr'),
    customerIds: z.array(id('cus')).nullable().meta({ description: 'Null: all.' }),
    from: time,
    to: time,
    billed: z.enum(['leave', 'correct']),
    status: z.enum(['waiting', 'running', 'done', 'canceled']).meta({
      description: 'It waits until everything that was taken in before it is counted.',
    }),
    total: count.nullable().meta({ description: 'Events to read; null while it waits.' }),
    done: count,
    changed: count.meta({ description: 'Facts that are others than before.' }),
    invalid: count.meta({ description: 'Events that the meter cannot read: they keep what they had.' }),
    skipped: count.meta({ description: 'Events left because they are billed.' }),
    secondsLeft: z.int().nullable().meta({ description: 'At the pace so far, from updatedAt on.' }),
    commandId: id('cmd'),
    sentBy: z.string().nullable(),
    createdAt: time,
    startedAt: time.nullable(),
    updatedAt: time,
    finishedAt: time.nullable(),
  })
  .meta({ id: 'UsageReprocessing' });
