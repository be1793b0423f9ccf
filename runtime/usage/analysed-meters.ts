// Owns which meters an analysis is about, and that what it groups and filters by exists.
import { type Rejection, reject } from '#actors/rejection.ts';
import type { Tx } from '#db/scope.ts';
import { findMeter, listMeters, type MeterView } from '#db/views/meters.ts';
import type { AskedAnalysis } from './analysis-fields.ts';

/** More must be named. */
const METERS_MAX = 50;

export async function findMeters(
  tx: Tx,
  tenantId: string,
  asked: Pick<AskedAnalysis, 'meters' | 'groupBy' | 'filter'>,
): Promise<MeterView[] | Rejection> {
  const meters = await named(tx, tenantId, asked.meters);
  if ('ok' in meters) return meters;
  const known = (name: string): boolean =>
    name === 'source' ||
    name.startsWith('properties.') ||
    meters.some(({ dimensions }) => dimensions.includes(name));
  const group = asked.groupBy.find((name) => !known(name));
  if (group !== undefined)
    return reject('unknown_dimension', `no meter has the dimension ${group}`, '/groupBy');
  const filter = Object.keys(asked.filter).find((name) => !known(name));
  if (filter !== undefined)
    return reject('unknown_dimension', `no meter has the dimension ${filter}`, '/filter');
  return meters;
}

async function named(
  tx: Tx,
  tenantId: string,
  names: readonly string[] | undefined,
): Promise<MeterView[] | Rejection> {
  if (names === undefined) {
    const all = await listMeters(tx, tenantId, { limit: METERS_MAX, after: undefined });
    if (all.length <= METERS_MAX) return all.sort((a, b) => (a.key < b.key ? -1 : 1));
    return reject(
      'too_many_groups',
      `there are more than ${METERS_MAX} meters: name those you mean`,
      '/meters',
    );
  }
  const found = new Map<string, MeterView>();
  for (const name of names) {
    const meter = await findMeter(tx, tenantId, name);
    if (meter === undefined) return reject('not_found', `there is no meter ${name}`, '/meters');
    found.set(meter.id, meter);
  }
  return [...found.values()];
}
