// A life story of a customer who looks: the days of a usage query add up to the quantity on the invoice, whatever the zone.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { BACKENDS, storyWorld } from '#test/support/story-world.ts';

for (const backend of BACKENDS) {
  describe(`a usage query on ${backend}`, () => {
    const world = storyWorld(backend);

    for (const zone of ['UTC', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe']) {
      test(`adds up to the invoice in ${zone}`, async () => {
        const start = Temporal.ZonedDateTime.from(`2024-03-01T00:00:00[${zone}]`);
        const end = start.add({ months: 1 });
        const story = await world.begin({ at: start.toInstant().toString(), zone });
        const ada = await story.subscribe('ada');
        const random = seededRandom(7);
        const seconds = end.epochMilliseconds / 1_000 - start.epochMilliseconds / 1_000;
        // On both edges of the period and of days, and anywhere between.
        const edges = [0, seconds - 1, seconds, 86_400, 86_399];
        const offsets = [
          ...edges,
          ...Array.from({ length: 25 }, () => Math.floor(random.number() * seconds)),
        ];
        await story.moveTo(end.add({ seconds: 1 }).toInstant().toString());
        for (const offset of offsets) {
          await story.use(
            ada,
            start.add({ seconds: offset }).toInstant().toString(),
            1 + Math.floor(random.number() * 9),
          );
        }
        await story.moveTo(end.add({ hours: 2 }).toInstant().toString());

        const invoices = await story.invoices(ada);
        const billed = invoices[1]?.lines.find(({ kind }) => kind === 'usage')?.quantity;
        for (const window of ['hour', 'day', 'week', 'month'] as const) {
          const answer = await story.billing().usage.query(story.tenant, {
            meter: 'tokens',
            customers: [ada.customerId],
            from: start.toInstant().toString(),
            to: end.toInstant().toString(),
            window,
            zone,
          });
          assert.ok(answer.ok);
          const quantities = answer.data.rows.map(({ quantity }) => decimal(quantity ?? '0'));
          assert.equal(printDecimal(sumDecimals(quantities)), billed);
          if (window === 'day') assert.equal(quantities.length, 31);
        }
      });
    }
  });
}
