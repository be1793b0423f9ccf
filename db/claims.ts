// Owns keeping claims of rows that are worked on outside a transaction. Refuses to know what is done with them.
import type { Tx } from './scope.ts';

export type Claim = { readonly id: string; readonly epoch: number };

/** Lets the claims that still stand last until `leaseUntil`; what is just being recorded needs none any more. */
export async function renewClaims(
  tx: Tx,
  table: 'emails' | 'webhook_deliveries',
  { claims, leaseUntil }: { readonly claims: readonly Claim[]; readonly leaseUntil: string },
): Promise<void> {
  await tx`
    with held as (
      select r.id from ${tx(table)} r
      join unnest(${claims.map(({ id }) => id)}::text[], ${claims.map(({ epoch }) => epoch)}::integer[]) as c (id, epoch)
        on r.id = c.id and r.epoch = c.epoch
      where r.next_attempt_at is not null and r.lease_until is not null
      order by r.id for no key update of r skip locked
    )
    update ${tx(table)} r set lease_until = ${leaseUntil} from held where r.id = held.id`;
}
