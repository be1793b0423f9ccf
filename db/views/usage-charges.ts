// Owns which charges price the usage of a customer in a stretch of time, with what rating them needs. A look; books nothing.
import type { UsagePrice } from '#actors/pricing/usage-price.ts';
import type { RatingFrame } from '#actors/state/rating-frame.ts';
import { type RawRow, type StoredFrame, toFrame, toUsagePrice } from '#db/customer-rows.ts';
import type { Tx } from '#db/scope.ts';

export type PricedCharge = {
  readonly id: string;
  readonly customerId: string;
  readonly meterId: string;
  readonly scopeId: string;
  readonly currency: string;
  readonly origin: string;
  /** Its period is over, so that minimums and commitments are owed. */
  readonly isOver: boolean;
  readonly rating: RatingFrame | null;
  readonly serviceStart: Temporal.Instant;
  readonly serviceEnd: Temporal.Instant;
  readonly priceId: string;
  readonly priceKey: string;
  readonly price: UsagePrice;
};

type Row = RawRow &
  Omit<PricedCharge, 'rating' | 'serviceStart' | 'serviceEnd' | 'price'> & {
    readonly rating: StoredFrame | null;
    readonly serviceStart: string;
    readonly serviceEnd: string;
  };

/** In order of meter and time. */
export async function listPricedCharges(
  tx: Tx,
  tenantId: string,
  asked: {
    readonly customerId: string;
    /** Undefined: all. */
    readonly meterIds: readonly string[] | undefined;
    readonly from: string;
    readonly to: string;
  },
): Promise<PricedCharge[]> {
  const { customerId, meterIds, from, to } = asked;
  const rows = await tx<Row[]>`
    select h.id, h.customer_id as "customerId", h.meter_id as "meterId", h.scope_id as "scopeId", h.currency, h.origin,
      h.status not in ('created', 'active') as "isOver", h.rating, h.service_start as "serviceStart",
      h.service_end as "serviceEnd", p.id as "priceId", p.key as "priceKey", p.model, p.terms
    from item_versions v
    -- By the index that keeps live charges apart: there is none by customer.
    join charges h on h.item_id = v.item_id and h.origin = v.id and h.live
    join prices p on p.id = h.price_id
    where v.tenant_id = ${tenantId} and v.customer_id = ${customerId} and h.kind = 'usage_based'
      and h.service_start < ${to} and h.service_end > ${from}
      ${meterIds === undefined ? tx`` : tx`and h.meter_id = any(${meterIds as string[]}::text[])`}
    order by h.meter_id, h.service_start, h.id`;
  return rows.map((row) => ({
    ...row,
    rating: toFrame(row.rating),
    serviceStart: Temporal.Instant.from(row.serviceStart),
    serviceEnd: Temporal.Instant.from(row.serviceEnd),
    price: toUsagePrice(row),
  }));
}
