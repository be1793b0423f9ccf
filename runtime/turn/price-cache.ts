// Owns keeping published prices in memory. They never change, so an entry is never stale.
import type { Price } from '#actors/state/plan.ts';
import { loadPrices } from '#db/customer-load.ts';
import type { Sql } from '#db/scope.ts';

const PRICES_MAX = 10_000;

export type PriceCache = {
  get(connection: Sql, ids: readonly string[]): Promise<ReadonlyMap<string, Price>>;
};

export function createPriceCache(): PriceCache {
  const known = new Map<string, Price>();
  return {
    async get(connection, ids) {
      const missing = [...new Set(ids)].filter((id) => !known.has(id));
      if (missing.length > 0) {
        if (known.size + missing.length > PRICES_MAX) known.clear();
        const needed = [...new Set(ids)].filter((id) => !known.has(id));
        for (const price of await loadPrices(connection, needed)) known.set(price.id, price);
      }
      return known;
    },
  };
}
