// Life stories of meters: each aggregation from its command to the invoice, and seats that are held over months.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import { done, type StoryStart } from '#test/support/story.ts';
import { BACKENDS, storyWorld } from '#test/support/story-world.ts';

type NewMeter = NonNullable<StoryStart['meters']>[number];

const meter = (key: string, more: Partial<NewMeter> & Pick<NewMeter, 'aggregation'>): NewMeter => ({
  key,
  name: key,
  eventType: 'call',
  valueProperty: more.aggregation === 'count' ? undefined : 'ms',
  ...more,
});

const METERS: readonly (readonly [NewMeter, quantity: string])[] = [
  [meter('count', { aggregation: 'count' }), '5'],
  [meter('sum', { aggregation: 'sum', multiplier: '0.5' }), '115'],
  [meter('filtered', { aggregation: 'sum', filters: [{ property: 'ms', gte: '50' }] }), '180'],
  [meter('min', { aggregation: 'min' }), '10'],
  [meter('max', { aggregation: 'max' }), '100'],
  [meter('average', { aggregation: 'average' }), '46'],
  [meter('latest', { aggregation: 'latest' }), '20'],
  [meter('users', { aggregation: 'unique_count', valueProperty: 'user' }), '2'],
  [meter('p50', { aggregation: 'percentile', percentile: '50' }), '20'],
  [meter('p75', { aggregation: 'percentile', percentile: '75', percentileMethod: 'interpolated' }), '80'],
  [meter('peak', { aggregation: 'max', bucket: { unit: 'day', zone: 'Asia/Tokyo' } }), '200'],
  [meter('total', { aggregation: 'sum', carriedOver: true }), '230'],
  [meter('held', { aggregation: 'time_weighted_average' }), '16.458333333333333333'],
  [meter('hours', { aggregation: 'time_weighted_sum', timeUnit: 'day' }), '493.75'],
];

for (const backend of BACKENDS) {
  describe(`metering on ${backend}`, () => {
    const world = storyWorld(backend);

    test('every aggregation goes from its meter to the invoice', async () => {
      const prices = METERS.map(([{ key }]) => ({
        key,
        name: key,
        cadence: 'in_arrears' as const,
        meter: key,
        model: { type: 'per_unit', unitAmount: '1' },
      }));
      const meters = METERS.map(([one]) => one);
      const story = await world.begin({ at: '2023-11-01T00:00:00Z', meters, prices });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-25T00:00:00Z');
      for (const [at, ms, user] of [
        ['2023-11-01T00:00:00Z', 20, 'ann'],
        ['2023-11-11T00:00:00Z', 80, 'ben'],
        ['2023-11-11T00:00:00Z', 10, 'ann'],
        ['2023-11-21T15:00:00Z', 100, 'ann'],
        ['2023-11-21T15:00:00Z', 20, 'ben'],
      ] as const) {
        const event = { type: 'call', at, properties: { ms, user } };
        assert.equal(await story.send(ada, event), 'created');
      }
      await story.moveTo('2023-12-02T00:00:00Z');
      const [invoice] = await story.invoices(ada);
      const quantities = invoice?.lines.map(({ description, quantity }) => [description, quantity]);
      assert.deepEqual(
        new Map(quantities as [string, string][]),
        new Map(METERS.map(([{ key }, quantity]) => [key, quantity])),
      );
      await story.ledger();

      // The usage query reads what was billed, whole and by windows of any kind.
      const { usage } = story.billing();
      const span = { customers: ['ada'], from: '2023-11-01T00:00:00Z', to: '2023-12-01T00:00:00Z' };
      for (const [{ key }, billed] of METERS) {
        const whole = await usage.query(story.tenant, { ...span, meter: key });
        assert.ok(whole.ok);
        assert.deepEqual(
          whole.data.rows.map(({ quantity }) => quantity),
          [billed],
          key,
        );
        const summary = await usage.summary(story.tenant, {
          customer: 'ada',
          meter: key,
          from: span.from,
          to: span.to,
        });
        assert.deepEqual(summary.ok && summary.data.map(({ quantity }) => quantity), [billed], key);
      }
      for (const [key, billed] of [
        ['peak', '200'],
        ['hours', '493.75'],
      ] as const) {
        for (const window of ['day', 'week', 'month'] as const) {
          const parts = await usage.query(story.tenant, { ...span, meter: key, window, zone: 'Asia/Tokyo' });
          assert.ok(parts.ok);
          const sum = sumDecimals(parts.data.rows.map(({ quantity }) => decimal(quantity ?? '0')));
          assert.equal(printDecimal(sum), billed, `${key} by ${window}`);
        }
      }
    });

    test('seats are billed by the time they are held, over months, and late corrections reach every month after', async () => {
      const meters = [
        meter('seats', { aggregation: 'time_weighted_average', eventType: 'seats', valueProperty: 'seats' }),
      ];
      const model = { type: 'per_unit', unitAmount: '30' };
      const prices = [{ key: 'seats', name: 'seats', cadence: 'in_arrears' as const, meter: 'seats', model }];
      const story = await world.begin({ at: '2023-11-01T00:00:00Z', meters, prices });
      const ada = await story.subscribe('ada');
      const held = (at: string, seats: number) =>
        story.send(ada, { type: 'seats', at, properties: { seats } });
      await story.moveTo('2023-11-20T00:00:00Z');
      await held('2023-11-01T00:00:00Z', 10);
      await held('2023-11-16T00:00:00Z', 20);
      await story.moveTo('2024-01-02T00:00:00Z');
      const before = ['2023-12-01 paid 450.00: seats 15 450.00', '2024-01-01 paid 600.00: seats 20 600.00'];
      assert.deepEqual(await story.billed(ada), before);

      assert.equal(await held('2023-11-26T00:00:00Z', 30), 'created');
      await story.moveTo('2024-02-02T00:00:00Z');
      const after = await story.billed(ada);
      assert.deepEqual(after.slice(0, 2), before);
      const late = 'late seats 1.666666666666666667 50.00, late seats 10 300.00';
      assert.deepEqual(after.slice(2), [`2024-02-01 paid 1250.00: ${late}, seats 30 900.00`]);
      await story.ledger();
    });

    test('a text is held once, whatever its events say beside it; a level that is set keeps its dimensions', async () => {
      const users = { eventType: 'user', operationProperty: 'op', carriedOver: true, valueProperty: 'user' };
      const meters = [
        meter('later_region', { aggregation: 'unique_count', ...users }),
        meter('by_region', { aggregation: 'unique_count', ...users, dimensions: ['region'] }),
        meter('gauge', { aggregation: 'latest', carriedOver: true }),
        meter('held', { aggregation: 'time_weighted_average' }),
        meter('changed', { aggregation: 'sum', carriedOver: true }),
      ];
      const prices = meters.map(({ key }) => {
        const model = { type: 'per_unit', unitAmount: '1' };
        return { key, name: key, cadence: 'in_arrears' as const, meter: key, model };
      });
      const story = await world.begin({ at: '2023-11-01T00:00:00Z', meters, prices });
      const ada = await story.subscribe('ada');
      const user = (at: string, properties: Readonly<Record<string, string>>) =>
        story.send(ada, { type: 'user', at, properties });
      const november = '2023-11-02T00:00:00Z';
      await story.moveTo('2023-11-20T00:00:00Z');
      await user(november, { user: 'ann', region: 'eu' });
      await user(november, { user: 'ann', region: 'us' });
      await user(november, { user: 'ben', region: 'us' });
      await user(november, { user: 'eve', region: 'us' });
      await story.send(ada, { type: 'call', at: november, properties: { ms: 100 } });
      await story.moveTo('2023-12-02T00:00:00Z');

      const update = (name: string) =>
        story.billing().meters.update(story.tenant, { meter: name, dimensions: ['region'] });
      for (const name of ['gauge', 'held']) {
        const refused = await update(name);
        assert.ok(!refused.ok);
        assert.deepEqual([refused.code, refused.pointer], ['dimension_divides_level', '/dimensions']);
      }
      await done(update('changed'));
      await done(update('later_region'));
      await user('2023-12-01T10:00:00Z', { user: 'ben', op: 'remove' });
      await user('2023-12-01T11:00:00Z', { user: 'eve', region: 'eu' });
      await user('2023-12-01T12:00:00Z', { user: 'ann', op: 'remove', region: 'eu' });
      await story.send(ada, {
        type: 'call',
        at: '2023-12-01T10:00:00Z',
        properties: { ms: 0, region: 'eu' },
      });
      await story.moveTo('2024-01-02T00:00:00Z');
      const quantities = (await story.invoices(ada)).map(({ lines }) =>
        Object.fromEntries(lines.map(({ description, quantity }) => [description, quantity])),
      );
      const [first, second] = quantities;
      const seen = ({ later_region: later, by_region: by, changed }: Record<string, string> = {}) => [
        later,
        by,
        changed,
      ];
      assert.deepEqual(seen(first), ['3', '3', '100']);
      assert.deepEqual(seen(second), ['1', '1', '100']);

      const month = { from: '2023-12-01T00:00:00Z', to: '2024-01-01T00:00:00Z', groupBy: ['region'] };
      const groups = await story.billing().usage.query(story.tenant, { meter: 'by_region', ...month });
      assert.ok(groups.ok);
      const inRegion = groups.data.rows.map(
        ({ dimensions, quantity }) => [dimensions['region'], quantity] as const,
      );
      assert.deepEqual(
        new Map(inRegion),
        new Map([
          ['eu', '1'],
          ['us', '0'],
          [null, '0'],
        ]),
      );
      await story.ledger();
    });
  });
}
