// Owns /tenants (the installation's operator creates sellers) and /tenant (a key looks at its own).
import { findTenant } from '#db/views/tenants.ts';
import { BASE_PATH } from '#http/base-path.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation, success } from '#http/operation.ts';
import { rejected } from '#http/problem.ts';
import { readOne } from '#http/read.ts';
import { tenant, tenantCreated } from '#http/schemas/catalog.ts';
import { tenantCreate } from '#runtime/commands/tenant-create.ts';

export function tenantRoutes(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'createTenant',
      method: 'post',
      path: '/tenants',
      tag: 'Tenants',
      summary: 'Create a tenant and its first API key',
      description: 'Needs the operator key. The API key is shown once.',
      body: tenantCreate,
      answers: {
        201: {
          description: 'The tenant and an admin key.',
          schema: tenantCreated,
        },
      },
      run: async ({ body }) => {
        const created = await deps.tenants.create(body);
        return created.ok
          ? success(201, created.data, { location: `${BASE_PATH}/tenant` })
          : rejected(created);
      },
    }),
    operation({
      id: 'getTenant',
      method: 'get',
      path: '/tenant',
      tag: 'Tenants',
      summary: 'The tenant this key belongs to',
      answers: { 200: { description: 'The tenant.', schema: tenant } },
      run: (_, call) => readOne(deps, call, { what: 'tenant', find: (tx) => findTenant(tx, call.tenant) }),
    }),
  ];
}
