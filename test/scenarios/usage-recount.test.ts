// A rollup goes wrong behind everybody's back: a recount finds it, the repair bills the difference, once.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connectDatabase } from '#db/connection.ts';
import { inSystem, type Tx } from '#db/scope.ts';
import { done } from '#test/support/story.ts';
import { BACKENDS, storyWorld } from '#test/support/story-world.ts';

const NOVEMBER = { from: '2023-11-01T00:00:00Z', to: '2023-12-01T00:00:00Z' };

type Answer = {
  looked: { customers: number; events: number; hours: number };
  differing: number;
  repaired: number;
  differences: { counted: { sum: string } | null; rolledUp: { sum: string } | null }[];
  isComplete: boolean;
};

for (const backend of BACKENDS) {
  describe(`recounts on ${backend}`, () => {
    const world = storyWorld(backend);

    /** What no part of the software does. */
    const meddle = async (work: (tx: Tx) => Promise<unknown>): Promise<void> => {
      const sql = connectDatabase({ url: world.server().databaseUrl, max: 1 });
      await inSystem(sql, work);
      await sql.end();
    };

    test('what was billed from wrong rollups is set right on the next invoice, and not again', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const [ada, bob] = [await story.subscribe('ada'), await story.subscribe('bob')];
      const { tenant } = story;
      const recount = async (more: object = {}): Promise<Answer> =>
        (await done(
          story.billing().usageRecounts.create(tenant, { meter: 'tokens', ...NOVEMBER, ...more }),
        )) as unknown as Answer;
      await story.moveTo('2023-11-20T00:00:00Z');
      for (const who of [ada, bob]) {
        await story.use(who, '2023-11-10T10:10:00Z', 50);
        await story.use(who, '2023-11-11T10:10:00Z', 30);
      }
      assert.deepEqual((await recount()).looked, { customers: 2, events: 4, hours: 4 });
      await meddle(
        (tx) => tx`
        update usage_rollups set sum_value = 20 where customer_id = ${ada.customerId} and bucket = '2023-11-10T10:00:00Z'`,
      );
      await meddle(
        (tx) => tx`
        delete from usage_rollups where customer_id = ${bob.customerId} and bucket = '2023-11-11T10:00:00Z'`,
      );
      await story.moveTo('2023-12-02T00:00:00Z');
      assert.equal((await story.billed(ada))[1], '2023-12-01 paid 15.00: fee 10.00, tokens 50 5.00');
      assert.equal((await story.billed(bob))[1], '2023-12-01 paid 15.00: fee 10.00, tokens 50 5.00');

      const found = await recount();
      assert.deepEqual(
        new Map(found.differences.map(({ counted, rolledUp }) => [counted?.sum, rolledUp?.sum])),
        new Map([
          ['30', undefined],
          ['50', '20'],
        ]),
      );
      assert.deepEqual([found.differing, found.repaired, found.isComplete], [2, 0, true]);
      const repaired = await recount({ repair: true });
      assert.deepEqual([repaired.differing, repaired.repaired], [2, 2]);
      const again = await recount({ repair: true });
      assert.deepEqual([again.differing, again.repaired], [0, 0]);

      await story.moveTo('2024-02-02T00:00:00Z');
      for (const who of [ada, bob]) {
        assert.deepEqual((await story.billed(who)).slice(2), [
          '2024-01-01 paid 13.00: late tokens 30 3.00, fee 10.00',
          '2024-02-01 paid 10.00: fee 10.00',
        ]);
      }
      await story.ledger();
    });

    test('what does not exist is refused, and another customer is where it goes on', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const ada = await story.subscribe('ada');
      const { usageRecounts } = story.billing();
      const refused = async (payload: object) => {
        const answer = (await usageRecounts.create(story.tenant, { ...NOVEMBER, ...payload })) as {
          ok: boolean;
          code?: string;
          pointer?: string;
        };
        return [answer.ok, answer.code, answer.pointer];
      };
      assert.deepEqual(await refused({ meter: 'none' }), [false, 'meter_not_found', '/meter']);
      assert.deepEqual(await refused({ customers: ['nobody'] }), [false, 'not_found', '/customers']);
      assert.deepEqual(await refused({ to: NOVEMBER.from }), [false, 'invalid_payload', '/to']);
      const behind = await done(usageRecounts.create(story.tenant, { ...NOVEMBER, after: ada.customerId }));
      assert.deepEqual((behind as unknown as Answer).looked, { customers: 0, events: 0, hours: 0 });
    });
  });
}
