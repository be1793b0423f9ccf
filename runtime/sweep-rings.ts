// Owns which ring each kind of due work gets. Pure: due keys in, rings out.
import type { DueKey } from '#db/due-work.ts';
import type { QueueName } from './config-schema.ts';
import { KEYS_PER_RING_MAX, type Ring } from './queues/ring.ts';

/** One ring a key; keys that are named twice are rung once. */
export function singleRings(queue: QueueName, due: readonly DueKey[]): Ring[] {
  const marks = new Map(due.map(({ tenant, key }) => [`${tenant} ${key}`, { queue, tenant, key }]));
  return [...marks.values()];
}

/** At month start a tenant's many customers share jobs, so that they share transactions; few are rung one by one. */
export function customerRings(queue: QueueName, due: readonly DueKey[]): Ring[] {
  const byTenant = Map.groupBy(due, ({ tenant }) => tenant);
  return [...byTenant].flatMap(([tenant, own]) => {
    if (own.length <= KEYS_PER_RING_MAX) return singleRings(queue, own);
    return chunks(own.map(({ key }) => key).toSorted()).map((keys) => ({
      queue,
      tenant,
      key: keys[0] ?? '',
      keys,
    }));
  });
}

function chunks(keys: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (let at = 0; at < keys.length; at += KEYS_PER_RING_MAX)
    parts.push(keys.slice(at, at + KEYS_PER_RING_MAX));
  return parts;
}
