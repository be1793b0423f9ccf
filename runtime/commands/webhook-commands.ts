// Owns the payloads of commands about webhook endpoints and deliveries.
import { z } from 'zod';
import { BILLING_EVENT_TYPES } from '#actors/events/billing-event.ts';
import { ID_CHARS_MAX, text } from './fields.ts';

/** Only types there are: a misspelt one would never be heard of. */
const eventTypes = z.array(z.enum(BILLING_EVENT_TYPES)).max(BILLING_EVENT_TYPES.length);
const concurrency = z.int().min(1).max(100);

export const webhookEndpointCreate = z.strictObject({
  url: text(2000),
  /** Empty: all types. */
  eventTypes: eventTypes.default([]),
  /** Deliveries under way at once. */
  concurrency: concurrency.default(5),
});

export const webhookEndpointUpdate = z.strictObject({
  endpointId: text(ID_CHARS_MAX),
  url: text(2000).optional(),
  eventTypes: eventTypes.optional(),
  concurrency: concurrency.optional(),
  status: z.enum(['enabled', 'disabled']).optional(),
});

export const webhookEndpointDelete = z.strictObject({ endpointId: text(ID_CHARS_MAX) });

export const webhookEndpointRotateSecret = z.strictObject({ endpointId: text(ID_CHARS_MAX) });

export const webhookDeliveryReplay = z.strictObject({ deliveryId: text(ID_CHARS_MAX) });
