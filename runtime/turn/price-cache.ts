// Owns keeping published prices in memory. They never change, so an entry is never stale.
import type { Price } from '#actors/state/plan.ts';
import { loadPrices } from '#db/customer-load.ts';
import type { Sql } from '#db/scope.ts';

const PRICES_MAX = 10_000;

export type PriceCache = {
  get(connection: Sql, ids: readonly string[]): Promise<ReadonlyMap<string, Price>>;
};

export function createPriceCache(pricesMax = PRICES_MAX): PriceCache {
  const known = new Map<string, Price>();
  return {
    async get(connection, ids) {
      // Gathered apart: another turn may empty the cache while this one waits for the database.
      const prices = new Map<string, Price>();
      const missing = new Set<string>();
      for (const id of ids) {
        const price = known.get(id);
        if (price === undefined) missing.add(id);
        else prices.set(id, price);
      }
      if (missing.size === 0) return prices;
      for (const price of await loadPrices(connection, [...missing])) {
        if (known.size >= pricesMax) known.clear();
        known.set(price.id, price);
        prices.set(price.id, price);
      }
      return prices;
    },
  };
}
