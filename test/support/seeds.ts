// Owns rows a test needs to exist before its own story starts.
import { inTenant, type Sql } from '#db/scope.ts';

export const SEEDED_AT = '2023-11-01T00:00:00.000000Z';

/** Inserts a tenant with its default legal entity. */
export async function seedTenant(sql: Sql, id: string, { sandbox = true } = {}): Promise<string> {
  await inTenant(sql, id, async (tx) => {
    await tx`insert into tenants (id, name, sandbox, currency, zone, created_at)
      values (${id}, ${id}, ${sandbox}, 'USD', 'UTC', ${SEEDED_AT})`;
    await tx`insert into legal_entities (id, tenant_id, name, zone, number_prefix, is_default, created_at)
      values (${`ent_${id}`}, ${id}, ${id}, 'UTC', 'INV-', true, ${SEEDED_AT})`;
  });
  return id;
}

/** Inserts a bare customer, on a test clock if one is named. */
export async function seedCustomer(
  sql: Sql,
  tenantId: string,
  customer: { id: string; clockId?: string; dueAt?: string },
): Promise<string> {
  const { id, clockId = null, dueAt = null } = customer;
  await inTenant(
    sql,
    tenantId,
    (tx) => tx`insert into customers
      (id, tenant_id, external_id, name, currency, zone, clock_id, due_at, created_at, updated_at)
      values (${id}, ${tenantId}, ${id}, ${id}, 'USD', 'UTC', ${clockId}, ${dueAt}, ${SEEDED_AT}, ${SEEDED_AT})`,
  );
  return id;
}

/** Parks a customer, or lets it go on. */
export async function setParked(sql: Sql, tenantId: string, id: string, parked: boolean): Promise<void> {
  await inTenant(
    sql,
    tenantId,
    (
      tx,
    ) => tx`update customers set parked_at = ${parked ? SEEDED_AT : null}, parked_reason = ${parked ? 'a bug' : null}
      where id = ${id}`,
  );
}
