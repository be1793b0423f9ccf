// Owns how the ledger looks from outside: the balance of each account, summed over the tenant's postings, which lie together in
// their key.
import type { Tx } from '#db/scope.ts';

export type AccountBalanceView = {
  readonly account: string;
  readonly currency: string;
  /** Minor units: debits positive, credits negative. */
  readonly balance: string;
  readonly postings: string;
};

/** Every account that was ever posted to, by name. */
export async function listAccountBalances(tx: Tx, tenantId: string): Promise<AccountBalanceView[]> {
  return await tx<AccountBalanceView[]>`
    select account, currency, sum(amount)::text as balance, count(*)::text as postings
    from postings where tenant_id = ${tenantId}
    group by account, currency order by account, currency`;
}
