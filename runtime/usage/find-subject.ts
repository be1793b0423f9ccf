// Owns finding what a question about usage is about: the meter, the customers, the scope, the dimensions filtered by.
import { type Rejection, reject } from '#actors/rejection.ts';
import type { Tx } from '#db/scope.ts';
import { findCustomerId } from '#db/views/customers.ts';
import { findMeter, type MeterView } from '#db/views/meters.ts';
import { findSubscriptionOwner } from '#db/views/subscriptions.ts';

export type Subject = {
  readonly ok: true;
  readonly meter: MeterView;
  /** Undefined: all. */
  readonly customers: readonly string[] | undefined;
  readonly scopeId: string | undefined;
  readonly filters: readonly { readonly dimension: string; readonly values: readonly (string | null)[] }[];
};

type Asked = {
  readonly meter: string;
  readonly customers?: readonly string[] | undefined;
  readonly scope?: string | undefined;
  readonly filter: Readonly<Record<string, readonly (string | null)[]>>;
};

/** Everything the question names, or the first name that does not exist. */
export async function findSubject(tx: Tx, tenantId: string, asked: Asked): Promise<Subject | Rejection> {
  const meter = await findMeter(tx, tenantId, asked.meter);
  if (meter === undefined) return reject('not_found', `there is no meter ${asked.meter}`, '/meter');
  const customers = await findNamed(tx, tenantId, asked.customers);
  if (customers !== undefined && 'ok' in customers) return customers;
  const filters = Object.entries(asked.filter).map(([dimension, values]) => ({ dimension, values }));
  const unknown = filters.find(({ dimension }) => !meter.dimensions.includes(dimension));
  if (unknown !== undefined) {
    return reject('unknown_dimension', `the meter has no dimension ${unknown.dimension}`, '/filter');
  }
  const scopeId = asked.scope === 'customer' ? '' : asked.scope;
  if (scopeId !== undefined && scopeId !== '') {
    const owner = await findSubscriptionOwner(tx, tenantId, scopeId);
    if (owner === undefined) return reject('not_found', `there is no subscription ${scopeId}`, '/scope');
  }
  return { ok: true, meter, customers, scopeId, filters };
}

/** Ids of the customers named, each once; undefined when none is named. */
export async function findNamed(
  tx: Tx,
  tenantId: string,
  names: readonly string[] | undefined,
): Promise<string[] | Rejection | undefined> {
  if (names === undefined) return undefined;
  const found = await Promise.all(names.map((name) => findCustomerId(tx, tenantId, name)));
  const missing = names.find((_, at) => found[at] === undefined);
  if (missing !== undefined) return reject('not_found', `there is no customer ${missing}`, '/customers');
  return [...new Set(found.filter((id) => id !== undefined))];
}
