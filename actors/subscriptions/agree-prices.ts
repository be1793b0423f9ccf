// Owns prices that one customer alone gets: what was agreed stands in for the plan's price, or is refused.

import { dimensionsOf } from '#actors/charges/rating-frame.ts';
import { refuseVanishing, refuseWindows } from '#actors/decisions/refuse-price.ts';
import { eventTermOf } from '#actors/pricing/models/percentage.ts';
import { parseUsagePrice, type UsagePrice } from '#actors/pricing/usage-price.ts';
import { type Rejection, reject } from '#actors/rejection.ts';
import type { PlanVersion, Price } from '#actors/state/plan.ts';
import type { Workspace } from '#actors/workspace.ts';

type Given = {
  readonly given: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly cycle: Pick<PlanVersion, 'interval' | 'intervalCount' | 'currency'>;
};

/** By price key. What is not given stays as the plan has it; a term that is null is left out. */
export function agreePrices(
  offered: readonly Price[],
  { given, cycle }: Given,
): ReadonlyMap<string, UsagePrice> | Rejection {
  const agreed = new Map<string, UsagePrice>();
  for (const [key, changes] of Object.entries(given)) {
    const at = `/prices/${key}`;
    const offer = offered.find((price) => price.key === key);
    if (offer === undefined) return reject('price_not_found', `the plan has no price ${key}`, at);
    if (Object.hasOwn(changes, 'filter')) {
      return reject('invalid_price', 'which usage a price counts is said by the plan', `${at}/filter`);
    }
    const { priceUnit = null } = changes;
    if (priceUnit !== null && priceUnit !== offer.priceUnit) {
      return reject('invalid_price', 'the unit of a price is said by the plan', `${at}/priceUnit`);
    }
    const price = changed(offer, changes, at);
    if ('ok' in price) return price;
    const refusal =
      refuseKind(offer, price, at) ??
      refuseEvents(offer, price, at) ??
      refuseWindows(price, cycle, at) ??
      refuseVanishing(price, offer.currency ?? cycle.currency, at);
    if (refusal !== undefined) return refusal;
    agreed.set(key, price);
  }
  return agreed;
}

/** The plan's price, or a row of its own for what was agreed instead. */
export function withAgreed(work: Workspace, offer: Price, agreed: ReadonlyMap<string, UsagePrice>): Price {
  const price = agreed.get(offer.key);
  if (price === undefined) return offer;
  const row = work.put('agreedPrices', { id: work.mint('prc'), parentPriceId: offer.id, price });
  return work.price(row.id);
}

/** A price without its place in a plan. */
export function termsOf(price: Price): UsagePrice {
  const { id: _, key: __, name: ___, cadence: ____, meterId: _____, currency: ______, ...more } = price;
  const { parentPriceId: _______, ...terms } = more;
  return terms;
}

function changed(
  offer: Price,
  changes: Readonly<Record<string, unknown>>,
  at: string,
): UsagePrice | Rejection {
  const merged = Object.fromEntries(
    Object.entries({ ...termsOf(offer), ...changes }).filter(([, value]) => value !== null),
  );
  const read = parseUsagePrice(merged);
  if ('model' in read) return read;
  const [problem] = read;
  return reject('invalid_price', problem?.message ?? 'is not a price', `${at}${problem?.pointer ?? ''}`);
}

/** What is said of single events only where the plan's price does: its meter is then known to be their sum. */
function refuseEvents(offer: Price, { model }: UsagePrice, at: string): Rejection | undefined {
  const eventTerm = (of: UsagePrice['model']) => (of.type === 'percentage' ? eventTermOf(of) : undefined);
  const term = eventTerm(model);
  if (term === undefined || eventTerm(offer.model) !== undefined) return undefined;
  return reject('invalid_price', "the plan's price does not look at single events", `${at}/model/${term}`);
}

/** A fee stays a fee, and usage is grouped by what the plan's price names: its meter is known to have that. */
function refuseKind(offer: Price, price: UsagePrice, at: string): Rejection | undefined {
  const pointer = `${at}/model`;
  if ((price.model.type === 'flat') !== (offer.meterId === null)) {
    return reject('invalid_price', 'a fee stays flat, and usage does not become so', pointer);
  }
  const known = dimensionsOf(offer);
  const unknown = dimensionsOf(price).find((dimension) => !known.includes(dimension));
  if (unknown === undefined) return undefined;
  return reject('invalid_price', `the plan's price does not look at the dimension ${unknown}`, pointer);
}
