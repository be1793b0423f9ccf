// Owns /ledger: what double entry says about a tenant's money.

import { listAccountBalances } from '#db/views/ledger.ts';
import { readTenant } from '#db/views/read-tenant.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation, success } from '#http/operation.ts';
import { accountBalances } from '#http/schemas/ledger.ts';

export function ledgerRoutes({ sql }: HttpDeps): Operation[] {
  return [
    operation({
      id: 'listAccountBalances',
      method: 'get',
      path: '/ledger/balances',
      tag: 'Ledger',
      summary: 'The balance of every ledger account',
      description: 'Debits are positive, credits negative: in each currency the balances sum to zero.',
      answers: { 200: { description: 'Balances by account and currency.', schema: accountBalances } },
      run: async (_, { tenant }) => {
        const data = await readTenant(sql, tenant, (tx) => listAccountBalances(tx, tenant));
        return success(200, { data });
      },
    }),
  ];
}
