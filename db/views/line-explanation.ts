// Owns why an invoice line costs what it does: the run behind it, rated again from what is stored, and its usage counted
// again. Refuses to change anything.
import { currency } from '#actors/money/currency.ts';
import { money, printMoney } from '#actors/money/money.ts';
import { explainUsage } from '#actors/pricing/explain-usage.ts';
import { rateStored, type StoredRun } from '#actors/pricing/rate-stored.ts';
import type { RatedUsage } from '#actors/pricing/rate-usage.ts';
import { selectionText, type UsageSelection } from '#actors/pricing/usage-filter.ts';
import type { UsagePrice } from '#actors/pricing/usage-price.ts';
import type { RunExplanation } from '#actors/state/run-explanation.ts';
import { type RawRow, toUsagePrice } from '#db/customer-rows.ts';
import type { Tx } from '#db/scope.ts';
import { type Recount, type RecountRow, recountUsage } from './usage-recount.ts';

/** Sentences that are given; a price per minute has more steps than anyone reads. */
const TEXT_MAX = 200;

export type LineExplanationView = Omit<RunExplanation, 'parts' | 'partsOmitted' | 'around' | 'carried'> & {
  readonly invoiceId: string;
  readonly lineId: string;
  readonly runId: string;
  readonly chargeId: string;
  readonly kind: 'fee' | 'usage' | 'late_usage';
  readonly description: string;
  readonly currency: string;
  readonly price: { readonly id: string; readonly key: string; readonly name: string } & UsagePrice;
  readonly servicePeriod: { readonly start: string; readonly end: string };
  /** Cumulative over the service period, as it was counted. */
  readonly quantity: string;
  /** What was counted, and in which window of event times; null for a fee. */
  readonly usage: Usage | null;
  /** Minor units: what the whole quantity costs; what this line bills of it. */
  readonly listAmount: string;
  readonly amount: string;
  readonly text: readonly string[];
  readonly recomputed: { readonly listAmount: string; readonly amount: string; readonly agrees: boolean };
} & Pick<RunExplanation, 'parts' | 'around'>;

type Usage = {
  readonly meterId: string;
  readonly eventCount: string;
  readonly from: string;
  readonly to: string;
  /** The part of the meter that the price takes; absent: all of it. */
  readonly only?: UsageSelection;
  /** Events received at this time or later are not in it. */
  readonly receivedBefore: string;
  readonly recounted: Recount;
};

type LineRow = RawRow &
  RecountRow & {
    readonly lineId: string;
    readonly invoiceId: string;
    readonly chargeId: string;
    readonly lineKind: LineExplanationView['kind'];
    readonly description: string;
    readonly currency: string;
    readonly amount: string;
    readonly chargeKind: StoredRun['kind'];
    readonly listAmount: string;
    readonly explanation: RunExplanation;
    readonly priceId: string;
    readonly key: string;
    readonly name: string;
  };

export async function explainLine(
  tx: Tx,
  tenantId: string,
  { invoiceId, lineId }: { readonly invoiceId: string; readonly lineId: string },
): Promise<LineExplanationView | undefined> {
  const [row] = await tx<LineRow[]>`
    select l.id as "lineId", l.invoice_id as "invoiceId", l.run_id as "runId", l.charge_id as "chargeId",
      l.kind as "lineKind", l.description, l.currency, l.amount::text as amount, h.kind as "chargeKind",
      h.customer_id as "customerId", h.meter_id as "meterId", h.scope_id as "scopeId", h.rating,
      h.service_start as "serviceStart", h.service_end as "serviceEnd", r.kind as "runKind", r.cutoff_at as "cutoffAt",
      trim_scale(r.quantity)::text as quantity, r.event_count::text as "eventCount", r.list_amount::text as "listAmount",
      r.explanation, p.id as "priceId", p.key, p.name, p.model, p.terms
    from invoice_lines l
    join realization_runs r on r.charge_id = l.charge_id and r.id = l.run_id
    join charges h on h.id = l.charge_id
    join prices p on p.id = l.price_id
    where l.tenant_id = ${tenantId} and l.id = ${lineId} and l.invoice_id = ${invoiceId}`;
  if (row === undefined) return undefined;
  const { explanation, quantity } = row;
  const counted = row.chargeKind === 'flat_fee' ? undefined : await recountUsage(tx, tenantId, row);
  const price = toUsagePrice(row);
  const rated = rateStored({
    price,
    kind: row.chargeKind,
    currency: currency(row.currency),
    quantity,
    eventCount: BigInt(row.eventCount),
    explanation,
    parts: explanation.partsOmitted === true ? counted?.parts : undefined,
  });
  return shown(row, { price, rated, recount: counted?.recount });
}

type Found = {
  readonly price: UsagePrice;
  readonly rated: RatedUsage;
  readonly recount: Recount | undefined;
};

function shown(row: LineRow, { price, rated, recount }: Found): LineExplanationView {
  const { parts, around, partsOmitted: _, carried: __, ...explanation } = row.explanation;
  const billed = rated.amount - BigInt(explanation.bookedBefore.amount);
  const { serviceStart: start, serviceEnd: end } = row;
  return {
    invoiceId: row.invoiceId,
    lineId: row.lineId,
    runId: row.runId,
    chargeId: row.chargeId,
    kind: row.lineKind,
    description: row.description,
    currency: row.currency,
    price: { id: row.priceId, key: row.key, name: row.name, ...price },
    servicePeriod: { start, end },
    quantity: row.quantity,
    usage: recount === undefined ? null : usageOf(row, recount),
    listAmount: row.listAmount,
    amount: row.amount,
    ...explanation,
    ...(parts !== undefined && { parts }),
    ...(around !== undefined && { around }),
    text: [...textOf(row, rated), ...changesText(row, recount)],
    recomputed: {
      listAmount: String(rated.amount),
      amount: String(billed),
      agrees: String(rated.amount) === row.listAmount && String(billed) === row.amount,
    },
  };
}

function usageOf(row: LineRow, recounted: Recount): Usage {
  return {
    meterId: row.meterId ?? '',
    eventCount: row.eventCount,
    from: row.serviceStart,
    to: row.serviceEnd,
    ...(row.rating?.split?.only !== undefined && { only: row.rating.split.only }),
    receivedBefore: row.cutoffAt,
    recounted,
  };
}

/** Why counting again gives something else. */
function changesText(row: LineRow, recount: Recount | undefined): string[] {
  if (recount === undefined || recount.agrees) return [];
  const { correctedSince, reprocessedSince, quantity, eventCount } = recount;
  const reasons = [
    ...(correctedSince === 0 ? [] : [`events corrected since: ${correctedSince}`]),
    ...(reprocessedSince === 0 ? [] : ['meter reprocessed since']),
  ];
  const reason = reasons.length === 0 ? 'no correction explains it' : reasons.join(', ');
  return [`counted again, ${eventCount} events make ${quantity} and not ${row.quantity}: ${reason}`];
}

function textOf(row: LineRow, rated: RatedUsage): string[] {
  const print = (minor: string): string => printMoney(money(BigInt(minor), currency(row.currency)));
  const { bookedBefore } = row.explanation;
  const sentences = explainUsage(rated);
  const left = sentences.length - TEXT_MAX;
  const only = row.rating?.split?.only;
  const part = only === undefined ? '' : selectionText(only);
  const counted =
    row.chargeKind === 'flat_fee'
      ? []
      : [
          `${row.eventCount} events${part} from ${row.serviceStart} to before ${row.serviceEnd} make ${row.quantity}`,
        ];
  return [
    ...counted,
    ...(left > 0 ? [...sentences.slice(0, TEXT_MAX - 1), `and ${left} steps more`] : sentences.slice(0, -1)),
    ...sentences.slice(-1),
    ...(bookedBefore.amount === '0' && bookedBefore.quantity === '0'
      ? []
      : [
          `${print(bookedBefore.amount)} was booked before for ${bookedBefore.quantity}: this line bills ${print(row.amount)}`,
        ]),
  ];
}
