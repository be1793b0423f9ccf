// Life stories of bugs: a price that cannot be rated sets its charge aside, everything around it goes on, and once it is mended
// a release bills what waited.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connectDatabase } from '#db/connection.ts';
import { inTenant } from '#db/scope.ts';
import type { Story, Subscriber } from '#test/support/story.ts';
import { BACKENDS, type StoryWorld, storyWorld } from '#test/support/story-world.ts';

/** A volume price without tiers passes no check of the API; a row that was damaged might look like this. */
const BROKEN = { type: 'volume', tiers: [] };

/** Replaces the model of the tokens price and answers what was there. Processes remember prices: restart afterwards. */
async function replaceModel(world: StoryWorld, { tenant }: Story, model: object): Promise<object> {
  const sql = connectDatabase({ url: world.server().databaseUrl, max: 1, name: 'a damaged row' });
  try {
    return await inTenant(sql, tenant, async (tx) => {
      const [before] = await tx<{ model: object }[]>`
        select model from prices where tenant_id = ${tenant} and key = 'tokens'`;
      assert.ok(before);
      await tx`update prices set model = ${tx.json(model as never)} where tenant_id = ${tenant} and key = 'tokens'`;
      return before.model;
    });
  } finally {
    await sql.end();
  }
}

/** Answers how many charges were released. */
async function release({ billing, tenant }: Story, { customerId }: Subscriber): Promise<number> {
  const released = await billing().customers.release(tenant, { customerId });
  assert.ok(released.ok, JSON.stringify(released));
  return (released.data as { charges: string[] }).charges.length;
}

for (const backend of BACKENDS) {
  describe(`parking on ${backend}`, () => {
    const world = storyWorld(backend);

    test('a parked charge holds its invoice for three days, then the siblings go without it; a release bills it', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const good = await replaceModel(world, story, BROKEN);
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-20T00:00:00Z');
      await story.use(ada, '2023-11-10T00:00:00Z', 150);

      await story.moveTo('2023-12-04T00:59:59Z');
      assert.deepEqual(await story.billed(ada), [
        '2023-11-01 paid 10.00: fee 10.00',
        '2023-12-01 draft 10.00: fee 10.00',
      ]);
      assert.ok(!(await story.events(ada)).includes('customer.parked'), 'only the charge stands still');
      assert.ok((await story.events(ada)).includes('charge.parked'), 'and it says so');
      const parked = await story.billing().reads.customers.list(story.tenant, { parked: true });
      assert.deepEqual(
        parked.items.map(({ id, parkedAt, parkedCharges }) => ({ id, parkedAt, parkedCharges })),
        [{ id: ada.customerId, parkedAt: null, parkedCharges: 1 }],
      );
      await story.moveTo('2023-12-04T01:00:00Z');
      assert.equal((await story.billed(ada))[1], '2023-12-01 paid 10.00: fee 10.00');
      // December's charge has the same price, so it waits for its own three days.
      await story.moveTo('2024-01-05T00:00:00Z');
      assert.equal((await story.billed(ada))[2], '2024-01-01 paid 10.00: fee 10.00', 'time goes on');

      await replaceModel(world, story, good);
      await world.restart();
      assert.equal(await release(story, ada), 2);
      await story.moveTo('2024-01-06T00:00:00Z');
      const supplement = (await story.invoices(ada)).find(({ kind }) => kind === 'supplement');
      assert.deepEqual(
        [supplement?.status, supplement?.total, supplement?.lines.map(({ quantity }) => quantity)],
        ['paid', '1250', ['150']],
      );
      assert.equal((await story.invoices(ada)).length, 4);
      await story.ledger();
    });

    test('released within the three days, it is on the invoice it belongs to', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const good = await replaceModel(world, story, BROKEN);
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-20T00:00:00Z');
      await story.use(ada, '2023-11-10T00:00:00Z', 150);
      await story.moveTo('2023-12-02T00:00:00Z');
      await replaceModel(world, story, good);
      await world.restart();
      assert.equal(await release(story, ada), 1);
      await story.moveTo('2023-12-05T00:00:00Z');
      assert.deepEqual((await story.billed(ada))[1], '2023-12-01 paid 22.50: fee 10.00, tokens 150 12.50');
      await story.ledger();
    });
  });
}
