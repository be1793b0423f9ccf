// Owns the webhook-dispatch job: one endpoint's due deliveries.
import type { Dispatcher } from '#notifications/webhooks/dispatcher.ts';
import type { Processor } from '#runtime/queues/workers.ts';

export function webhookDispatchJob({ dispatcher }: { readonly dispatcher: Dispatcher }): Processor {
  return ({ tenant, key }, signal) => dispatcher.dispatch(tenant, key, signal);
}
