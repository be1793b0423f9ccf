// Life stories of explanations: every line of an invoice says why it costs what it does, and computing it again agrees.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { LineExplanationView } from '#db/views/line-explanation.ts';
import { done, type Story, type Subscriber } from '#test/support/story.ts';
import { BACKENDS, storyWorld } from '#test/support/story-world.ts';

async function explained(story: Story, who: Subscriber): Promise<LineExplanationView[]> {
  const { invoices } = story.billing().reads;
  const lines = (await story.invoices(who)).flatMap(({ id, lines }) => lines.map((line) => [id, line.id]));
  const found = await Promise.all(
    lines.map(([id = '', line = '']) => invoices.explainLine(story.tenant, id, line)),
  );
  return found.filter((explanation) => explanation !== undefined);
}

async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await isSo()) return;
    await setTimeout(100);
  }
  assert.fail('it never came to be');
}

for (const backend of BACKENDS) {
  describe(`explanations on ${backend}`, () => {
    const world = storyWorld(backend);

    test('a fee, tiers, and late usage that was booked in part before', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-11T12:00:00Z');
      await story.use(ada, '2023-11-10T08:00:00Z', 90);
      await story.moveTo('2023-12-02T00:00:00Z');
      await story.use(ada, '2023-11-11T08:00:00Z', 30);
      await story.moveTo('2024-01-02T00:00:00Z');
      const explanations = await explained(story, ada);
      assert.deepEqual(
        explanations.map(({ kind, amount, recomputed, usage }) => [
          kind,
          amount,
          recomputed.agrees,
          usage?.recounted.agrees ?? null,
        ]),
        [
          ['fee', '1000', true, null],
          ['fee', '1000', true, null],
          ['usage', '900', true, true],
          ['late_usage', '200', true, true],
          ['fee', '1000', true, null],
        ],
      );
      const late = explanations[3];
      assert.deepEqual(late?.bookedBefore, { amount: '900', quantity: '90' });
      assert.equal(late?.usage?.eventCount, '2');
      assert.deepEqual(late?.text, [
        '2 events from 2023-11-01T00:00:00.000000Z to before 2023-12-01T00:00:00.000000Z make 120',
        'tier 1 (above 0 up to 100): 100 units at USD 0.1 each: USD 10',
        'tier 2 (above 100): 20 units at USD 0.05 each: USD 1',
        'listed USD 11, rounded once to USD 11.00',
        'USD 9.00 was booked before for 90: this line bills USD 2.00',
      ]);
    });

    test('terms, the part of a month that was served, and no line of another invoice', async () => {
      const story = await world.begin({
        at: '2023-11-01T00:00:00Z',
        prices: [
          {
            key: 'tokens',
            name: 'Tokens',
            cadence: 'in_arrears',
            meter: 'tokens',
            model: { type: 'per_unit', unitAmount: '0.01' },
            conversion: { operation: 'divide', factor: '10', rounding: 'up' },
            freeUnits: { quantity: '2', reset: 'never' },
            minimum: '3',
          },
        ],
      });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-11T12:00:00Z');
      await story.use(ada, '2023-11-10T08:00:00Z', 95);
      await story.moveTo('2023-12-02T00:00:00Z');
      const [line] = await explained(story, ada);
      assert.equal(line?.amount, '300');
      assert.ok(line?.recomputed.agrees);
      assert.deepEqual(line?.text.slice(1), [
        '95 metered are 10 units',
        '2 units are free, 8 are charged',
        '8 units at USD 0.01 each: USD 0.08',
        'listed USD 0.08, rounded once to USD 0.08',
        'missing to the minimum: USD 2.92',
        'amount USD 3.00',
      ]);
      assert.deepEqual(line?.around?.before, { amount: '0', quantity: '0' });
      const { invoices } = story.billing().reads;
      assert.equal(await invoices.explainLine(story.tenant, 'inv_other', line?.lineId ?? ''), undefined);
    });

    test('late usage at one instant is told apart; what was corrected since is said', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const ada = await story.subscribe('ada');
      const events = ['first', 'second', 'third'].map((id, index) => {
        const properties = { tokens: 10 ** index };
        const time = '2023-11-10T08:00:00Z';
        return { id, type: 'request', customer: ada.customerId, time, properties };
      });
      const report = async (count: number) => {
        const answer = await story.billing().usage.ingest(story.tenant, events.slice(count - 1, count));
        assert.ok(answer.ok);
      };
      const recounts = async () =>
        (await explained(story, ada))
          .filter(({ usage }) => usage !== null)
          .map(({ quantity, usage, text }) => {
            assert.ok(usage !== null);
            return [quantity, usage.recounted, text.at(-1)] as const;
          });
      await story.moveTo('2023-11-11T00:00:00Z');
      await report(1);
      await story.moveTo('2023-12-07T00:00:00Z');
      // The clock stands still: both are received at one instant, and a run is made after each.
      for (const count of [2, 3]) {
        await report(count);
        await eventually(async () => (await recounts()).length === count);
      }
      const before = await recounts();
      assert.deepEqual(
        before.map(([quantity, recounted]) => [quantity, recounted]),
        [
          ['1', { quantity: '1', eventCount: '1' }],
          ['11', { quantity: '11', eventCount: '2' }],
          ['111', { quantity: '111', eventCount: '3' }],
        ].map(([quantity, found]) => [
          quantity,
          { ...(found as object), agrees: true, correctedSince: 0, reprocessedSince: 0 },
        ]),
      );

      await done(
        story.billing().usageEvents.retract(story.tenant, {
          customer: ada.customerId,
          id: 'first',
          reason: 'a test',
        }),
      );
      await eventually(async () => (await recounts()).length === 4);
      const after = await recounts();
      assert.deepEqual(
        after.map(([quantity, { agrees, correctedSince }]) => [quantity, agrees, correctedSince]),
        [
          ['1', false, 1],
          ['11', false, 1],
          ['111', false, 1],
          ['110', true, 0],
        ],
      );
      assert.equal(after[0]?.[2], 'counted again, 0 events make 0 and not 1: events corrected since: 1');
    });
  });
}
