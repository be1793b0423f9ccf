// Owns the creation of tenants: the tenant, the legal entity that issues for it, and its first API key, all or nothing.
import { instantText } from '#actors/calendar/time.ts';
import { decideTenant, type TenantDefaults } from '#actors/decisions/create-tenant.ts';
import type { Rejection } from '#actors/rejection.ts';
import { inTenant, type Sql } from '#db/scope.ts';
import { insertDefaultLegalEntity, insertTenant, type NewTenant } from '#db/tenants.ts';
import type { ApiKeys } from './api-keys.ts';
import type { Clock } from './clock.ts';
import { invalidPayload } from './commands/invalid-payload.ts';
import { type TenantRequest, tenantCreate } from './commands/tenant-create.ts';
import type { Ids } from './ids.ts';

export type CreatedTenant = NewTenant & {
  readonly legalEntity: {
    readonly id: string;
    readonly name: string;
    readonly zone: string;
    readonly numberPrefix: string;
  };
  /** The key that may do everything; its text is shown here and never again. */
  readonly apiKey: { readonly id: string; readonly key: string; readonly role: 'admin' };
};

export type Tenants = {
  create(request: TenantRequest): Promise<{ readonly ok: true; readonly data: CreatedTenant } | Rejection>;
};

type TenantsDeps = {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly apiKeys: ApiKeys;
  readonly defaults: TenantDefaults;
};

export function createTenants({ sql, clock, ids, apiKeys, defaults }: TenantsDeps): Tenants {
  return {
    async create(request) {
      const read = tenantCreate.safeParse(request);
      if (!read.success) return invalidPayload(read.error);
      const decision = decideTenant(read.data, defaults);
      if (!decision.ok) return decision;
      const createdAt = instantText(clock.wall());
      const tenant = { ...decision.tenant, id: ids('ten'), createdAt };
      const legalEntity = { ...decision.legalEntity, id: ids('ent') };
      const role = 'admin';
      const issued = await inTenant(sql, tenant.id, async (tx) => {
        await insertTenant(tx, tenant);
        await insertDefaultLegalEntity(tx, { ...legalEntity, tenantId: tenant.id, createdAt });
        return apiKeys.issue(tx, { tenantId: tenant.id, sandbox: tenant.sandbox, name: 'first key', role });
      });
      return { ok: true, data: { ...tenant, legalEntity, apiKey: { ...issued, role } } };
    },
  };
}
