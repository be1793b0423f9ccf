// Owns what a charge's price makes of the usage up to positions in its period: cumulative, by the functions and statements
// that bill. What lies between two positions costs their difference, so parts of a period add up to it. Books nothing.
import { compareInstants } from '#actors/calendar/instants.ts';
import { carriedInto, surround } from '#actors/charges/surroundings.ts';
import { currency } from '#actors/money/currency.ts';
import { type Counted, rateCounted } from '#actors/pricing/rate-run.ts';
import type { RatedUsage } from '#actors/pricing/rate-usage.ts';
import type { Surroundings } from '#actors/state/run-explanation.ts';
import { earlierPeriods } from '#db/earlier-periods.ts';
import { unitRateAt } from '#db/price-units.ts';
import type { Tx } from '#db/scope.ts';
import { usageQuantities } from '#db/usage-quantity.ts';
import type { EventPosition } from '#db/usage-reading.ts';
import { splitQuantities } from '#db/usage-split.ts';
import type { PricedCharge } from '#db/views/usage-charges.ts';

/** Undefined when an earlier period, on which this one depends, is not rated yet. */
export async function rateAt(
  tx: Tx,
  tenantId: string,
  { charge, edges }: { readonly charge: PricedCharge; readonly edges: readonly Temporal.Instant[] },
): Promise<RatedUsage[] | undefined> {
  const around = await aroundOf(tx, tenantId, charge);
  if (around === undefined) return undefined;
  const requests = edges.map((to) => ({ ...requestOf(charge), to }));
  const split = charge.rating?.split;
  const counted =
    split === undefined
      ? await usageQuantities(tx, tenantId, requests)
      : await splitQuantities(
          tx,
          tenantId,
          requests.map((request) => ({ ...request, split })),
        );
  return counted.map((one, at) => {
    const edge = edges[at] ?? charge.serviceEnd;
    return rated(charge, { counted: one, around, isFinal: isEnd(charge, edge) });
  });
}

export type Position = {
  readonly quantity: string;
  readonly eventCount: bigint;
  readonly rated: RatedUsage;
};

/** Right before an event and right after it, in order of (time, number). Undefined as in {@link rateAt}. */
export async function rateAround(
  tx: Tx,
  tenantId: string,
  { charge, event }: { readonly charge: PricedCharge; readonly event: Omit<EventPosition, 'included'> },
): Promise<{ readonly before: Position; readonly after: Position } | undefined> {
  const around = await aroundOf(tx, tenantId, charge);
  if (around === undefined) return undefined;
  const request = { ...requestOf(charge), to: event.at.add({ microseconds: 1 }) };
  const split = charge.rating?.split ?? {};
  const [before, after] = await splitQuantities(
    tx,
    tenantId,
    [false, true].map((included) => ({ ...request, split, upTo: { ...event, included } })),
  );
  if (before === undefined || after === undefined) throw new Error('usage was asked for and not counted');
  const position = (counted: Counted): Position => ({
    quantity: counted.quantity,
    eventCount: counted.eventCount,
    rated: rated(charge, { counted, around, isFinal: false }),
  });
  return { before: position(before), after: position(after) };
}

function requestOf({ customerId, meterId, scopeId, serviceStart: from }: PricedCharge) {
  return { customerId, meterId, scopeId, from, cutoff: null };
}

/** What is short of a minimum may come until the period is over. */
function isEnd({ isOver, serviceEnd }: PricedCharge, edge: Temporal.Instant): boolean {
  return isOver && compareInstants(edge, serviceEnd) >= 0;
}

type Rating = { readonly counted: Counted; readonly around: Surroundings; readonly isFinal: boolean };

function rated(charge: PricedCharge, { counted, around, isFinal }: Rating): RatedUsage {
  return rateCounted(charge.price, counted, { currency: currency(charge.currency), around, isFinal });
}

async function aroundOf(tx: Tx, tenantId: string, charge: PricedCharge): Promise<Surroundings | undefined> {
  const { rating, origin, currency: paid, serviceStart: before, serviceEnd } = charge;
  if (rating === null) return {};
  const { since, term, priceUnit: unit } = rating;
  const at = serviceEnd.subtract({ microseconds: 1 });
  const unitRate =
    unit === undefined
      ? undefined
      : (rating.unitRate ?? (await unitRateAt(tx, tenantId, { unit, currency: paid, at })));
  if (since === undefined) return surround({ ...charge, rating }, { before: undefined, unitRate });
  const loaded = await earlierPeriods(tx, tenantId, { kind: 'earlier', origin, from: since, before });
  const known = loaded.flatMap(({ serviceStart, carried }) =>
    carried === null ? [] : [{ serviceStart, carried }],
  );
  if (known.length < loaded.length) return undefined;
  return surround({ ...charge, rating }, { before: carriedInto(known, term), unitRate });
}
