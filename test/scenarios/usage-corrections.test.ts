// Life stories of usage that was reported wrong: amended or retracted, before its invoice and after it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import { done, type Story, type Subscriber } from '#test/support/story.ts';
import { BACKENDS, storyWorld } from '#test/support/story-world.ts';

for (const backend of BACKENDS) {
  describe(`corrections on ${backend}`, () => {
    const world = storyWorld(backend);

    const report = async (
      story: Story,
      ada: Subscriber,
      event: { id: string; time: string; tokens: number },
    ) => {
      const { id, time, tokens } = event;
      const answer = await story
        .billing()
        .usage.ingest(story.tenant, [
          { id, type: 'request', customer: ada.customerId, time, properties: { tokens } },
        ]);
      assert.ok(answer.ok);
      return answer.result?.results[0];
    };
    const named = (ada: Subscriber, id: string) => ({ customer: ada.customerId, id, reason: 'a test' });

    test('before the invoice it has what is right; after it the difference comes on the next one', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const ada = await story.subscribe('ada');
      const { tenant } = story;
      const { usageEvents, reads } = story.billing();
      await story.moveTo('2023-11-20T00:00:00Z');
      for (const [id, tokens] of [
        ['one', 50],
        ['two', 1_000],
        ['three', 30],
      ] as const) {
        assert.equal(await report(story, ada, { id, time: '2023-11-10T10:00:00Z', tokens }), 'created');
      }
      const amended = await done(
        usageEvents.amend(
          tenant,
          { ...named(ada, 'two'), properties: { tokens: '10.5' } },
          { sentBy: 'test' },
        ),
      );
      assert.equal((amended as unknown as { billed: boolean }).billed, true);
      await done(usageEvents.retract(tenant, named(ada, 'three')));
      // Its identity stays: the same again is a duplicate, and brings nothing back.
      assert.equal(
        await report(story, ada, { id: 'three', time: '2023-11-10T10:00:00Z', tokens: 30 }),
        'duplicate',
      );
      await story.moveTo('2023-12-02T00:00:00Z');
      assert.deepEqual((await story.billed(ada)).slice(1), [
        '2023-12-01 paid 16.05: fee 10.00, tokens 60.5 6.05',
      ]);

      await done(usageEvents.retract(tenant, named(ada, 'one')));
      await done(
        usageEvents.amend(tenant, {
          ...named(ada, 'two'),
          properties: { tokens: 20 },
          at: '2023-11-10T10:00:00Z',
        }),
      );
      await story.moveTo('2024-01-02T00:00:00Z');
      const january = (await story.invoices(ada))[2];
      const late = january?.lines.filter(({ kind }) => kind === 'late_usage') ?? [];
      // One line, or one for each correction, as the customer's actor got to it.
      assert.equal(printDecimal(sumDecimals(late.map(({ quantity }) => decimal(quantity)))), '-40.5');
      assert.equal(january?.total, '595');

      const trail = await reads.usageCorrections.list(tenant, { customerId: ada.customerId });
      assert.deepEqual(
        trail.items.map(({ kind, eventId, before, sentBy }) => [
          kind,
          eventId,
          JSON.parse(before).properties.tokens,
          sentBy,
        ]),
        [
          ['amend', 'two', '10.5', null],
          ['retract', 'one', 50, null],
          ['retract', 'three', 30, null],
          ['amend', 'two', 1000, 'test'],
        ],
      );
      await story.ledger();
    });

    test('an event moves from one period to another, and what is retracted can be brought back', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const ada = await story.subscribe('ada');
      const { tenant } = story;
      const { usageEvents } = story.billing();
      await story.moveTo('2023-12-02T00:00:00Z');
      await report(story, ada, { id: 'a', time: '2023-12-01T10:00:00Z', tokens: 40 });
      await report(story, ada, { id: 'b', time: '2023-12-01T10:20:00Z', tokens: 7 });
      await done(usageEvents.amend(tenant, { ...named(ada, 'a'), time: '2023-11-30T10:00:00Z' }));
      await done(usageEvents.retract(tenant, named(ada, 'b')));
      await done(usageEvents.amend(tenant, named(ada, 'b')));
      await story.moveTo('2024-01-02T00:00:00Z');
      assert.equal(
        (await story.billed(ada))[2],
        '2024-01-01 paid 14.70: late tokens 40 4.00, fee 10.00, tokens 7 0.70',
      );
      await story.ledger();
    });

    test('it says whether a bill will change: of a sealed period no more, but of a level each month after it', async () => {
      const model = { type: 'per_unit', unitAmount: '1' };
      const seats = {
        key: 'seats',
        name: 'Seats',
        eventType: 'seats',
        aggregation: 'latest',
        valueProperty: 'seats',
        carriedOver: true,
      } as const;
      const prices = ['tokens', 'seats'].map((meter) => {
        return { key: meter, name: meter, cadence: 'in_arrears' as const, meter, model };
      });
      const story = await world.begin({ at: '2023-11-01T00:00:00Z', meters: [seats], prices });
      const ada = await story.subscribe('ada');
      const { usageEvents } = story.billing();
      const at = '2023-11-05T00:00:00Z';
      await story.moveTo('2023-11-06T00:00:00Z');
      await report(story, ada, { id: 'tokens', time: at, tokens: 40 });
      const held = {
        id: 'seats',
        type: 'seats',
        customer: ada.customerId,
        time: at,
        properties: { seats: 10 },
      };
      assert.ok((await story.billing().usage.ingest(story.tenant, [held])).ok);
      await story.moveTo('2024-02-10T00:00:00Z');

      const billed = async (answer: Parameters<typeof done>[0]) =>
        ((await done(answer)) as unknown as { billed: boolean }).billed;
      const amend = (id: string, properties: object) =>
        billed(usageEvents.amend(story.tenant, { ...named(ada, id), properties: { ...properties } }));
      assert.equal(await amend('tokens', { tokens: 4 }), false);
      assert.equal(await amend('seats', { seats: 3 }), true);
      // November and December are sealed, January is not.
      await story.moveTo('2024-03-02T00:00:00Z');
      assert.equal((await story.billed(ada)).at(-1), '2024-04-01 draft -7.00: late seats -7 -7.00');
    });

    test('what cannot be set right is refused and changes nothing', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const ada = await story.subscribe('ada');
      const { usageEvents } = story.billing();
      await report(story, ada, { id: 'a', time: '2023-11-01T00:00:00Z', tokens: 40 });
      const refused = async (answer: Promise<{ ok: boolean }>) => {
        const { ok, ...rest } = (await answer) as { ok: boolean; code?: string; pointer?: string };
        assert.ok(!ok);
        return [rest.code, rest.pointer];
      };
      const amend = (more: object) =>
        refused(usageEvents.amend(story.tenant, { ...named(ada, 'a'), ...more }));
      assert.deepEqual(await amend({}), ['nothing_to_amend', '/properties']);
      assert.deepEqual(await amend({ id: 'none', properties: {} }), ['event_not_found', '/id']);
      assert.deepEqual(await amend({ customer: 'nobody' }), ['not_found', '/customer']);
      assert.deepEqual(await amend({ properties: {} }), ['invalid_payload', '/properties/tokens']);
      assert.deepEqual(await amend({ properties: { tokens: 'many' } }), [
        'invalid_payload',
        '/properties/tokens',
      ]);
      assert.deepEqual(await amend({ time: '2023-11-03T00:00:00Z' }), ['invalid_time', '/time']);
      assert.deepEqual(await amend({ time: '1969-12-31T23:59:59Z' }), ['invalid_time', '/time']);
      assert.deepEqual(await amend({ properties: { tokens: 1 }, reason: '' }), [
        'invalid_payload',
        '/reason',
      ]);
      await done(usageEvents.retract(story.tenant, named(ada, 'a')));
      assert.deepEqual(await refused(usageEvents.retract(story.tenant, named(ada, 'a'))), [
        'event_retracted',
        undefined,
      ]);
      const sum = await story.billing().usage.query(story.tenant, {
        meter: 'tokens',
        from: '2023-11-01T00:00:00Z',
        to: '2023-12-01T00:00:00Z',
      });
      assert.deepEqual(sum.ok && sum.data.rows[0]?.quantity, '0');
    });
  });
}
