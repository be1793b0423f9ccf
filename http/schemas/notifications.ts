// Owns the schemas of billing events, webhook endpoints, deliveries, test clocks and commands as the API answers them.
import { z } from 'zod';
import { id, time } from './fields.ts';

export const billingEvent = z
  .object({
    id: id('evt'),
    type: z.string().meta({ example: 'billing.invoice.created' }),
    customerId: id('cus').nullable(),
    sequence: z.string().nullable().meta({ description: 'Gapless per customer.', example: '7' }),
    objectType: z.string().meta({ example: 'invoice' }),
    objectId: id('inv'),
    data: z.unknown().meta({ description: 'The whole object after the change.' }),
    previous: z.unknown().meta({ description: 'Earlier values of what changed, or null.' }),
    occurredAt: time,
    createdAt: time,
  })
  .meta({ id: 'BillingEvent' });

export const webhookEndpoint = z
  .object({
    id: id('whe'),
    url: z.string().meta({ example: 'https://acme.example/hooks/billing' }),
    eventTypes: z.array(z.string()).meta({ description: 'Empty: all.', example: ['billing.invoice.paid'] }),
    status: z.enum(['enabled', 'disabled']),
    disabledReason: z.string().nullable(),
    concurrency: z.int().meta({ example: 5 }),
    failingSince: time.nullable(),
    createdAt: time,
  })
  .meta({ id: 'WebhookEndpoint' });

export const webhookEndpointWithSecret = webhookEndpoint
  .extend({
    secret: z.string().optional().meta({
      description:
        'Signs deliveries (Standard Webhooks). Shown once; repeating the request shows it for 24 hours.',
      example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    }),
  })
  .meta({ id: 'WebhookEndpointWithSecret' });

const webhookAttempt = z
  .object({
    number: z.int().meta({ example: 1 }),
    outcome: z.string().meta({ example: 'delivered' }),
    statusCode: z.int().nullable().meta({ example: 200 }),
    responseExcerpt: z.string().nullable(),
    durationMs: z.int().meta({ example: 41 }),
    attemptedAt: time,
  })
  .meta({ id: 'WebhookAttempt' });

export const webhookDelivery = z
  .object({
    id: id('whd'),
    endpointId: id('whe'),
    messageId: id('evt').meta({ description: 'The webhook-id header, and the id of the billing event.' }),
    eventType: z.string().meta({ example: 'billing.invoice.paid' }),
    replay: z.int().meta({ description: '0 for the first sending.', example: 0 }),
    status: z.enum(['pending', 'delivered', 'exhausted']),
    attemptCount: z.int().meta({ example: 1 }),
    nextAttemptAt: time.nullable(),
    createdAt: time,
    finishedAt: time.nullable(),
    attempts: z.array(webhookAttempt),
  })
  .meta({ id: 'WebhookDelivery' });

export const webhookReplay = z
  .object({ id: id('whd'), endpointId: id('whe'), messageId: id('evt'), replayOf: id('whd') })
  .meta({ id: 'WebhookReplay' });

export const testClock = z
  .object({
    id: id('clk'),
    name: z.string().meta({ example: 'a year in a minute' }),
    now: time,
    target: time,
    status: z.enum(['stable', 'advancing']),
    createdAt: time,
  })
  .meta({ id: 'TestClock' });

export const testClockDetail = testClock
  .extend({
    waitingFor: z.array(
      z.object({
        kind: z.enum(['due', 'command', 'late_usage', 'payment', 'usage_inbox']),
        count: z.int().meta({ description: 'Counted up to 1,000.' }),
      }),
    ),
  })
  .meta({ id: 'TestClockDetail', description: 'With what holds an advancing clock at its instant.' });

export const testClockArrived = testClock
  .extend({
    instantsVisited: z.int(),
    parkedCustomers: z
      .array(id('cus'))
      .meta({ description: 'Customers that stand still after a bug, or have charges that do.' }),
  })
  .meta({ id: 'TestClockArrived' });

export const commandQueued = z
  .object({ commandId: id('cmd'), status: z.literal('queued') })
  .meta({ id: 'CommandQueued', description: 'The work goes on; look at the Location for its outcome.' });

export const command = z
  .object({
    id: id('cmd'),
    type: z.string().meta({ example: 'subscription.create' }),
    customerId: id('cus').nullable(),
    status: z.enum(['queued', 'done']),
    outcome: z
      .union([
        z.object({ ok: z.literal(true), data: z.unknown() }),
        z.object({
          ok: z.literal(false),
          code: z.string(),
          message: z.string(),
          pointer: z.string().optional(),
        }),
      ])
      .nullable(),
    createdAt: time,
    decidedAt: time.nullable(),
  })
  .meta({ id: 'Command' });
