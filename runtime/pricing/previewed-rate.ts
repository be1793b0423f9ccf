// Owns which rate a preview converts a price unit at: the one that is given, or the one a run at that time would take.
import type { RunContext } from '#actors/pricing/rate-run.ts';
import { type Rejection, reject } from '#actors/rejection.ts';
import { unitRateAt, unitsByKey } from '#db/price-units.ts';
import type { Tx } from '#db/scope.ts';
import type { AskedPreview } from './preview-fields.ts';

type InUnit = {
  readonly priceUnit: string | undefined;
  readonly cadence: 'in_advance' | 'in_arrears';
};

type Known = { readonly tenantId: string; readonly asked: AskedPreview; readonly context: RunContext };

/** The context of one price, with what its unit costs if it is in one. */
export async function withUnitRate(
  tx: Tx,
  { priceUnit: unit, cadence }: InUnit,
  { tenantId, asked, context }: Known,
): Promise<RunContext | Rejection> {
  const given = context.around?.unitRate;
  if (unit === given?.unit) return context;
  if (given !== undefined) return reject('invalid_request', 'is of another unit', '/context/unitRate/unit');
  if (unit === undefined) return context;
  const { currency } = context;
  const known = (await unitsByKey(tx, tenantId, [unit])).get(unit);
  if (known === undefined)
    return reject('price_unit_not_found', `there is no price unit ${unit}`, '/price/priceUnit');
  if (!known.currencies.includes(currency))
    return reject('currency_not_offered', `the unit ${unit} has no rate in ${currency}`, '/currency');
  const at = momentOf(asked, cadence);
  if (at === undefined) return reject('invalid_request', `says when one ${unit} is converted`, '/at');
  const unitRate = await unitRateAt(tx, tenantId, { unit, currency, at });
  return { ...context, around: { ...context.around, unitRate } };
}

function momentOf({ at, from, to }: AskedPreview, cadence: InUnit['cadence']): Temporal.Instant | undefined {
  if (at !== undefined) return Temporal.Instant.from(at);
  if (cadence === 'in_advance') return from === undefined ? undefined : Temporal.Instant.from(from);
  return to === undefined ? undefined : Temporal.Instant.from(to).subtract({ microseconds: 1 });
}
