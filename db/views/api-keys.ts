// Owns how API keys look from outside: never their text.
import type { Tx } from '#db/scope.ts';
import type { ApiKeyRole } from '#db/tenants.ts';
import type { Slice } from './read-tenant.ts';

export type ApiKeyView = {
  readonly id: string;
  readonly name: string;
  readonly role: ApiKeyRole;
  readonly createdAt: string;
  readonly revokedAt: string | null;
};

/** Newest first, revoked ones too. */
export async function listApiKeys(tx: Tx, tenantId: string, { limit, after }: Slice): Promise<ApiKeyView[]> {
  return await tx<ApiKeyView[]>`
    select id, name, role, created_at as "createdAt", revoked_at as "revokedAt" from api_keys
    where tenant_id = ${tenantId} ${after === undefined ? tx`` : tx`and id < ${after}`}
    order by id desc limit ${limit + 1}`;
}
