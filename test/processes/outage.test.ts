// The demo's story while the database or Redis is away for twenty seconds in the middle, and starts while they are away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type CutLine, cutLine } from '#test/support/cut-line.ts';
import { startFleet } from '#test/support/fleet.ts';
import { queueServer } from '#test/support/queue-backends.ts';
import { BACKENDS } from '#test/support/story-world.ts';
import { type Moment, type Trouble, tellToFleet } from '#test/support/told-story.ts';

const AWAY_MS = 20_000;

type Lines = { database: CutLine; redis: CutLine | undefined };

/** Cuts the line for twenty seconds. */
const away = (line: () => CutLine | undefined, when: (moment: Moment) => boolean): Trouble => ({
  when,
  make: async () => {
    line()?.cut();
    await wait(AWAY_MS);
    line()?.join();
  },
});

const atMonthEnd = ({ step, count }: Moment): boolean => step === 'move clock' && count === 2;
const atNextMonthEnd = ({ step, count }: Moment): boolean => step === 'move clock' && count === 4;

for (const backend of BACKENDS) {
  test(`away for twenty seconds in the middle, on ${backend}`, async () => {
    let lines: Lines | undefined;
    const { ending } = await tellToFleet(backend, {
      through: async ({ databaseUrl, redisUrl }) => {
        const redis = redisUrl === undefined ? undefined : await cutLine(redisUrl);
        lines = { database: await cutLine(databaseUrl), redis };
        return { databaseUrl: lines.database.url, redisUrl: redis?.url };
      },
      troubles: [
        away(() => lines?.database, atMonthEnd),
        ...(backend === 'redis' ? [away(() => lines?.redis, atNextMonthEnd)] : []),
      ],
    });
    assert.deepEqual(ending.problems, []);
    await lines?.database.close();
    await lines?.redis?.close();
  });

  test(`away at the start, on ${backend}`, async () => {
    const server = await queueServer(backend);
    assert.ok(server);
    const database = await cutLine(server.databaseUrl);
    const redis = server.redisUrl === undefined ? undefined : await cutLine(server.redisUrl);
    const lines = [database, ...(redis ? [redis] : [])];
    for (const line of lines) line.cut();
    const starting = startFleet(
      { DATABASE_URL: database.url, ...(redis && { REDIS_URL: redis.url }) },
      { webs: 1, workers: 1 },
    );
    await wait(3_000);
    for (const line of lines) line.join();
    const fleet = await starting;
    const [web] = fleet.members;
    assert.equal((await fetch(`${web?.origin}/health/ready`)).status, 200);
    await fleet.close();
    await Promise.all(lines.map((line) => line.close()));
    await server.close();
  });
}
