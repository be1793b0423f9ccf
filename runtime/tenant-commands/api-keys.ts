// Owns the commands about API keys. The text of a key is made here and shown once; its row keeps a hash.
import { reject } from '#actors/rejection.ts';
import { insertApiKey, revokeApiKey } from '#db/tenants.ts';
import { makeApiKey } from '#runtime/api-keys.ts';
import { sealOutcome } from '#runtime/command-outcome.ts';
import type { CommandPayload } from '#runtime/commands/registry.ts';
import { type Applied, done, type TenantContext } from './context.ts';

export async function createApiKey(
  context: TenantContext,
  { name, role }: CommandPayload<'api_key.create'>,
): Promise<Applied> {
  const { tx, tenant, secretBox: box, commandId, nowText: createdAt } = context;
  const { id, key, secretHash } = makeApiKey(context, tenant);
  await insertApiKey(tx, { id, tenantId: tenant.id, name, secretHash, role, createdAt });
  const shown = { id, name, role, createdAt, revokedAt: null };
  return { outcome: sealOutcome(shown, { key }, { box, commandId }) };
}

export async function endApiKey(
  { tx, nowText }: TenantContext,
  { keyId }: CommandPayload<'api_key.revoke'>,
): Promise<Applied> {
  const ended = await revokeApiKey(tx, keyId, nowText);
  if (ended === undefined) {
    return { outcome: reject('api_key_not_found', `there is no API key ${keyId}`, '/keyId') };
  }
  if (ended === 'last_admin') {
    return {
      outcome: reject(
        'last_admin_key',
        'without this key nobody could make another; make one first',
        '/keyId',
      ),
    };
  }
  return done({ id: keyId, revoked: true });
}
