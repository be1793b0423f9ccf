// Owns the commands about webhook endpoints and deliveries. A signing secret is made here, shown once and kept sealed.

import { instantText } from '#actors/calendar/time.ts';
import { type Rejection, reject } from '#actors/rejection.ts';
import { insertReplay } from '#db/webhook-deliveries.ts';
import {
  deleteWebhookEndpoint,
  insertWebhookEndpoint,
  rotateWebhookSecret,
  updateWebhookEndpoint,
  type WebhookEndpointRow,
} from '#db/webhook-endpoints.ts';
import { sealOutcome } from '#runtime/command-outcome.ts';
import type { CommandPayload } from '#runtime/commands/registry.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import { type Applied, done, type TenantContext } from './context.ts';

const SECRET_BYTES = 32;
/** After a rotation both secrets sign this long. */
const OVERLAP_HOURS = 24;

export async function createEndpoint(
  context: TenantContext,
  payload: CommandPayload<'webhook_endpoint.create'>,
): Promise<Applied> {
  const refused = refuseDestination(context, payload.url);
  if (refused !== undefined) return { outcome: refused };
  const id = context.ids('whe');
  const { secret, sealed } = makeSecret(context, id);
  const endpoint = await insertWebhookEndpoint(context.tx, {
    ...payload,
    id,
    tenantId: context.tenant.id,
    secret: sealed,
    createdAt: context.nowText,
  });
  return { outcome: showSecret(context, endpoint, secret) };
}

export async function updateEndpoint(
  context: TenantContext,
  { endpointId, ...change }: CommandPayload<'webhook_endpoint.update'>,
): Promise<Applied> {
  const refused = change.url === undefined ? undefined : refuseDestination(context, change.url);
  if (refused !== undefined) return { outcome: refused };
  const endpoint = await updateWebhookEndpoint(context.tx, endpointId, change);
  if (endpoint === undefined) return { outcome: notFound(endpointId) };
  // Deliveries that queued while it was disabled go out now.
  const rings = endpoint.status === 'enabled' ? [dispatch(context, endpoint.id)] : [];
  return { ...done(shown(endpoint)), rings };
}

export async function deleteEndpoint(
  context: TenantContext,
  { endpointId }: CommandPayload<'webhook_endpoint.delete'>,
): Promise<Applied> {
  const deleted = await deleteWebhookEndpoint(context.tx, endpointId, context.nowText);
  return deleted ? done({ id: endpointId, deleted: true }) : { outcome: notFound(endpointId) };
}

export async function rotateSecret(
  context: TenantContext,
  { endpointId }: CommandPayload<'webhook_endpoint.rotate_secret'>,
): Promise<Applied> {
  const { secret, sealed } = makeSecret(context, endpointId);
  const previousUntil = instantText(context.now.add({ hours: OVERLAP_HOURS }));
  const endpoint = await rotateWebhookSecret(context.tx, endpointId, { secret: sealed, previousUntil });
  return { outcome: endpoint === undefined ? notFound(endpointId) : showSecret(context, endpoint, secret) };
}

export async function replayDelivery(
  context: TenantContext,
  { deliveryId }: CommandPayload<'webhook_delivery.replay'>,
): Promise<Applied> {
  const { tx, ids, nowText, trace } = context;
  const replay = await insertReplay(tx, {
    id: ids('whd'),
    deliveryId,
    now: nowText,
    ...(trace !== null && { trace }),
  });
  if (replay === undefined) {
    return {
      outcome: reject(
        'webhook_delivery_not_found',
        `there is no delivery ${deliveryId} to replay`,
        '/deliveryId',
      ),
    };
  }
  return { ...done({ ...replay, replayOf: deliveryId }), rings: [dispatch(context, replay.endpointId)] };
}

function refuseDestination({ checkDestination }: TenantContext, url: string): Rejection | undefined {
  const checked = checkDestination(url);
  return checked.ok ? undefined : reject(checked.code, checked.message, '/url');
}

function makeSecret(
  { random, secretBox }: TenantContext,
  endpointId: string,
): { secret: string; sealed: Buffer } {
  const secret = `whsec_${Buffer.from(random.bytes(SECRET_BYTES)).toString('base64')}`;
  return { secret, sealed: secretBox.seal(secret, endpointId) };
}

function showSecret(context: TenantContext, endpoint: WebhookEndpointRow, secret: string) {
  return sealOutcome(shown(endpoint), { secret }, { box: context.secretBox, commandId: context.commandId });
}

function shown({ tenantId: _tenantId, ...endpoint }: WebhookEndpointRow): object {
  return endpoint;
}

function notFound(id: string): Rejection {
  return reject('webhook_endpoint_not_found', `there is no webhook endpoint ${id}`, '/endpointId');
}

function dispatch({ tenant }: TenantContext, endpointId: string): Ring {
  return { queue: 'webhook-dispatch', tenant: tenant.id, key: endpointId };
}
