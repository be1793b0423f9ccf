// Owns what the level of a meter was in windows of time, by the reading that billing uses. A look at usage.
import type { Period } from '#actors/calendar/period.ts';
import type { Tx } from '#db/scope.ts';
import { readLevels } from '#db/usage-levels.ts';
import type { MeterView } from './meters.ts';
import type { UsageCount, UsageQuestion } from './usage-query.ts';

type LevelQuestion = Omit<UsageQuestion, 'meter' | 'cells'> & {
  readonly meter: MeterView;
  readonly windows: readonly Period[];
};

/** Every group that has a level or usage, in every window: a level lasts. */
export async function countLevels(tx: Tx, tenantId: string, question: LevelQuestion): Promise<UsageCount[]> {
  const { meter, ...rest } = question;
  const read = await readLevels(tx, {
    ...rest,
    tenantId,
    meter: { id: meter.id, aggregation: meter.aggregation, settings: meter },
    cutoff: null,
    by: ['window_and_group'],
    events: false,
  });
  return read.map(({ window, customerId, values, quantity, eventCount }) => ({
    window: window ?? 0,
    customerId,
    values,
    quantity,
    eventCount,
  }));
}
