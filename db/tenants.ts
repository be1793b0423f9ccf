// Owns the rows a tenant is made of: itself, who issues its invoices, the keys that speak for it; and its actor's lock.
import type { Tx } from './scope.ts';

export type NewTenant = {
  readonly id: string;
  readonly name: string;
  readonly sandbox: boolean;
  readonly currency: string;
  readonly zone: string;
  readonly collectionIntervalSeconds: number;
  readonly invoiceDueDays: number;
  readonly lateUsageDays: number;
  readonly lateUsagePolicy: 'next_invoice' | 'credit_note_only' | 'ignore';
  readonly dunningDays: readonly number[];
  readonly createdAt: string;
};

export async function insertTenant(tx: Tx, tenant: NewTenant): Promise<void> {
  await tx`
    insert into tenants (id, name, sandbox, currency, zone, collection_interval_seconds, invoice_due_days, late_usage_days,
      late_usage_policy, dunning_days, created_at)
    values (${tenant.id}, ${tenant.name}, ${tenant.sandbox}, ${tenant.currency}, ${tenant.zone},
      ${tenant.collectionIntervalSeconds}, ${tenant.invoiceDueDays}, ${tenant.lateUsageDays}, ${tenant.lateUsagePolicy},
      ${[...tenant.dunningDays]}::integer[], ${tenant.createdAt})`;
}

export type NewLegalEntity = {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly zone: string;
  readonly numberPrefix: string;
  readonly createdAt: string;
};

/** Inserts the legal entity that issues when nothing names another. */
export async function insertDefaultLegalEntity(tx: Tx, entity: NewLegalEntity): Promise<void> {
  await tx`
    insert into legal_entities (id, tenant_id, name, zone, number_prefix, is_default, created_at)
    values (${entity.id}, ${entity.tenantId}, ${entity.name}, ${entity.zone}, ${entity.numberPrefix}, true, ${entity.createdAt})`;
}

export type TenantLock = {
  readonly id: string;
  readonly sandbox: boolean;
  readonly currency: string;
  readonly zone: string;
};

/**
 * Takes the lock of the tenant's own actor (protocols H13) until the transaction ends. Not `for update`: that would
 * make every foreign-key check on the tenant wait.
 */
export async function lockTenant(tx: Tx, tenantId: string): Promise<TenantLock | undefined> {
  const rows = await tx<TenantLock[]>`
    select id, sandbox, currency, zone from tenants where id = ${tenantId} for no key update`;
  return rows[0];
}

export type ApiKeyRole = 'reader' | 'operator' | 'admin' | 'service';

export type NewApiKey = {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  /** SHA-256 of the whole key. */
  readonly secretHash: Uint8Array;
  readonly role: ApiKeyRole;
  readonly createdAt: string;
};

export async function insertApiKey(tx: Tx, key: NewApiKey): Promise<void> {
  await tx`
    insert into api_keys (id, tenant_id, name, secret_hash, role, created_at)
    values (${key.id}, ${key.tenantId}, ${key.name}, ${key.secretHash}, ${key.role}, ${key.createdAt})`;
}

export type ApiKeyRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly sandbox: boolean;
  readonly secretHash: Uint8Array;
  readonly role: ApiKeyRole;
  readonly expiresAt: string | null;
};

/** A key that was not revoked, by its id. */
export async function findApiKey(tx: Tx, id: string): Promise<ApiKeyRow | undefined> {
  const rows = await tx<ApiKeyRow[]>`
    select k.id, k.tenant_id as "tenantId", t.sandbox, k.secret_hash as "secretHash", k.role, k.expires_at as "expiresAt"
    from api_keys k join tenants t on t.id = k.tenant_id
    where k.id = ${id} and k.revoked_at is null`;
  return rows[0];
}

export type RevokedKey = 'revoked' | 'last_admin' | undefined;

/**
 * Ends a key; one that has ended stays as it is. Refuses the last admin key, for nobody could make another: callers
 * hold the tenant's lock, so two requests cannot end two keys that are each the last but one.
 */
export async function revokeApiKey(tx: Tx, id: string, now: string): Promise<RevokedKey> {
  const [key] = await tx<{ isLast: boolean }[]>`
    select role = 'admin' and revoked_at is null and not exists (
      select from api_keys o where o.tenant_id = k.tenant_id and o.id <> k.id and o.role = 'admin' and o.revoked_at is null
    ) as "isLast"
    from api_keys k where id = ${id}`;
  if (key === undefined) return undefined;
  if (key.isLast) return 'last_admin';
  await tx`update api_keys set revoked_at = ${now} where id = ${id} and revoked_at is null`;
  return 'revoked';
}
