// Owns the quiet comparison of all rollups with their facts: a bounded part at each upkeep, from a customer by chance on and
// then around. Says what differs; refuses to repair it, which is an operator's command.
import { inSystem, type Sql } from '#db/scope.ts';
import { anyPlace, type CheckPlace, nextSlice } from '#db/usage-check.ts';
import { recountRollups } from '#db/usage-recount.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Random } from './random.ts';

/** Facts read in one statement, in one check, and customers visited: under a second every hour. */
const LIMITS = { sliceEvents: 20_000, events: 200_000, customers: 500 };
const EXAMPLES_MAX = 5;

export type RollupCheck = {
  /** Looks at the next part; answers how many hours it compared and how many of them differ. */
  once(): Promise<{ hours: number; differing: number }>;
};

export function createRollupCheck(deps: {
  readonly sql: Sql;
  readonly random: Pick<Random, 'number'>;
  readonly log: Pick<Log, 'error'>;
  readonly metrics: Pick<Metrics, 'rollupHoursChecked'>;
  readonly limits?: Partial<typeof LIMITS>;
}): RollupCheck {
  const { sql, random, log, metrics } = deps;
  const limits = { ...LIMITS, ...deps.limits };
  let place: CheckPlace | undefined;

  /** One snapshot; undefined behind the last customer. */
  const lookAt = (from: CheckPlace) =>
    inSystem(sql, async (tx) => {
      const slice = await nextSlice(tx, from, limits.sliceEvents);
      if (slice === undefined) return undefined;
      const { tenantId, customerId, to } = slice;
      const span = { customerId, from: slice.from, to: to ?? undefined };
      const recount = await recountRollups(tx, tenantId, { ...span, max: EXAMPLES_MAX });
      return { recount, tenantId, next: { customerId, from: to ?? undefined } };
    });

  return {
    once: async () => {
      place ??= await inSystem(sql, (tx) => anyPlace(tx, random.number()));
      const total = { hours: 0, differing: 0 };
      for (let events = 0, slices = 0; place !== undefined; ) {
        const looked = await lookAt(place);
        // The next check begins anywhere again.
        place = looked?.next;
        if (looked === undefined) break;
        const { hours, differing, differences } = looked.recount;
        total.hours += hours;
        total.differing += differing;
        if (differing > 0) {
          log.error(
            'rollups differ from their facts: look at them, and repair them by POST /usage/recounts',
            {
              tenant: looked.tenantId,
              customer: looked.next.customerId,
              differing,
              differences,
            },
          );
        }
        events += looked.recount.events;
        slices += 1;
        if (events >= limits.events || slices >= limits.customers) break;
      }
      metrics.rollupHoursChecked.add(total.hours - total.differing, { outcome: 'agrees' });
      metrics.rollupHoursChecked.add(total.differing, { outcome: 'differs' });
      return total;
    },
  };
}
