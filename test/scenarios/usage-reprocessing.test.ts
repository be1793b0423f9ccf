// Life stories of meters that come late or change: what was stored is read again, and bills change only when asked.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { done, type Story } from '#test/support/story.ts';
import { BACKENDS, storyWorld } from '#test/support/story-world.ts';

const NOVEMBER = { from: '2023-11-01T00:00:00Z', to: '2023-12-01T00:00:00Z' };

for (const backend of BACKENDS) {
  describe(`reprocessing on ${backend}`, () => {
    const world = storyWorld(backend);

    /** Starts one and waits for its end. */
    const reprocess = async (story: Story, more: object) => {
      const { usageReprocessings, reads } = story.billing();
      const started = await done(
        usageReprocessings.create(story.tenant, { meter: 'tokens', ...NOVEMBER, ...more }),
      );
      for (let looks = 0; looks < 1_200; looks += 1) {
        const found = await reads.usageReprocessings.find(story.tenant, started.id);
        if (found?.status === 'done') return [found.done, found.changed, found.skipped];
        await new Promise((resolve) => {
          setTimeout(resolve, 50);
        });
      }
      throw new Error('the reprocessing did not end');
    };
    const quantity = async (story: Story, meter: string) => {
      const answer = await story.billing().usage.query(story.tenant, { meter, ...NOVEMBER });
      assert.ok(answer.ok);
      return answer.data.rows[0]?.quantity;
    };

    test('a changed meter: billed periods are left alone, or set right by a late line, once', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-20T00:00:00Z');
      for (const [at, tokens, weighted] of [
        ['2023-11-10T10:10:00Z', 50, 60],
        ['2023-11-10T10:20:00Z', 30, 30],
        ['2023-11-12T10:20:00Z', 10, 25],
      ] as const) {
        await story.send(ada, { type: 'request', at, properties: { tokens, weighted, model: 'large' } });
      }
      await story.moveTo('2023-12-02T00:00:00Z');
      assert.equal((await story.billed(ada))[1], '2023-12-01 paid 19.00: fee 10.00, tokens 90 9.00');

      const { meters } = story.billing();
      const changed = await done(
        meters.update(story.tenant, { meter: 'tokens', valueProperty: 'weighted', dimensions: ['model'] }),
      );
      assert.deepEqual(
        (changed as unknown as { valueProperty: string; dimensions: string[] }).valueProperty,
        'weighted',
      );
      assert.deepEqual(await reprocess(story, {}), ['3', '0', '3']);
      await story.send(ada, {
        type: 'request',
        at: '2023-12-01T10:00:00Z',
        properties: { tokens: 1, weighted: 7 },
      });
      await story.moveTo('2024-01-02T00:00:00Z');
      assert.equal((await story.billed(ada))[2], '2024-01-01 paid 10.70: fee 10.00, tokens 7 0.70');

      // 50, 30 and 10 become 60, 30 and 25; the one of equal value gets its dimension.
      assert.deepEqual(await reprocess(story, { billed: 'correct' }), ['3', '3', '0']);
      assert.deepEqual(await reprocess(story, { billed: 'correct' }), ['3', '0', '0']);
      await story.moveTo('2024-03-02T00:00:00Z');
      assert.deepEqual((await story.billed(ada)).slice(3), [
        '2024-02-01 paid 11.75: late tokens 25 1.75, fee 10.00',
        '2024-03-01 paid 10.00: fee 10.00',
      ]);
      await story.ledger();
    });

    test('a meter made afterwards counts what was there; what nobody counted is found', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const { tenant } = story;
      const { meters, reads } = story.billing();
      const ada = await story.subscribe('ada');
      await done(
        meters.create(tenant, {
          key: 'images',
          name: 'Images',
          eventType: 'image',
          aggregation: 'count',
          filters: [{ property: 'kind', in: ['photo'] }],
        }),
      );
      await story.moveTo('2023-11-20T00:00:00Z');
      for (const kind of ['photo', 'drawing', 'drawing']) {
        await story.send(ada, {
          type: 'image',
          at: '2023-11-10T10:00:00Z',
          properties: { kind, pixels: 100 },
        });
      }
      const unmatched = async () =>
        (await reads.usageEvents.list(tenant, { customers: undefined, unmatched: 'meter' })).items.length;
      assert.equal(await unmatched(), 2);
      await done(
        meters.create(tenant, {
          key: 'pixels',
          name: 'Pixels',
          eventType: 'image',
          aggregation: 'sum',
          valueProperty: 'pixels',
        }),
      );
      assert.equal(await quantity(story, 'pixels'), '0');
      assert.deepEqual(await reprocess(story, { meter: 'pixels', customers: ['ada'] }), ['3', '3', '0']);
      assert.equal(await quantity(story, 'pixels'), '300');
      assert.equal(await quantity(story, 'images'), '1');
      assert.equal(await unmatched(), 0);
      assert.deepEqual(await reprocess(story, { meter: 'pixels' }), ['3', '0', '0']);
      assert.equal(await quantity(story, 'pixels'), '300');
    });

    test('what cannot be is refused', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const { meters, usageReprocessings } = story.billing();
      const refused = async (answer: Promise<{ ok: boolean }>) => {
        const { ok, ...rest } = (await answer) as { ok: boolean; code?: string; pointer?: string };
        assert.ok(!ok);
        return [rest.code, rest.pointer];
      };
      const { tenant } = story;
      assert.deepEqual(await refused(meters.update(tenant, { meter: 'none', name: 'x' })), [
        'meter_not_found',
        '/meter',
      ]);
      await done(meters.update(tenant, { meter: 'tokens', dimensions: ['a', 'b'] }));
      assert.deepEqual(await refused(meters.update(tenant, { meter: 'tokens', dimensions: ['b'] })), [
        'dimension_removed',
        '/dimensions',
      ]);
      assert.deepEqual(await refused(usageReprocessings.create(tenant, { meter: 'none', ...NOVEMBER })), [
        'meter_not_found',
        '/meter',
      ]);
      assert.deepEqual(await refused(usageReprocessings.cancel(tenant, { id: 'rep_none' })), [
        'reprocessing_not_found',
        '/id',
      ]);
      await reprocess(story, {});
      const list = await story.billing().reads.usageReprocessings.list(tenant, {});
      assert.deepEqual(await refused(usageReprocessings.cancel(tenant, { id: list.items[0]?.id ?? '' })), [
        'reprocessing_over',
        '/id',
      ]);
    });
  });
}
