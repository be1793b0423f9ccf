// The demo's story while its processes are killed without a word: what they had claimed is taken over, and the story ends
// the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { connectDatabase } from '#db/connection.ts';
import { inSystem } from '#db/scope.ts';
import type { Fleet, Member } from '#test/support/fleet.ts';
import { BACKENDS } from '#test/support/story-world.ts';
import { type Moment, type Stage, tellToFleet } from '#test/support/told-story.ts';

const inTheMiddleOfIngest = ({ step, done }: Moment): boolean => step === 'ingest' && done >= 4_000;
const atMonthEnd = ({ step, count }: Moment): boolean => step === 'move clock' && count === 2;
const atNextMonthEnd = ({ step, count }: Moment): boolean => step === 'move clock' && count === 4;

const oneOfEach = ({ members }: Fleet): Member[] =>
  members.filter((member) => members.find(({ role }) => role === member.role) === member);

async function kill(members: readonly Member[]): Promise<void> {
  await Promise.all(members.map((member) => member.end('SIGKILL')));
  await Promise.all(members.map((member) => member.start()));
}

/** Kills everybody. The three minutes in which the dead still hold what they claimed pass at once. */
async function killAll({ fleet, server }: Stage): Promise<void> {
  await Promise.all(fleet.members.map((member) => member.end('SIGKILL')));
  const sql = connectDatabase({ url: server.databaseUrl, max: 1, name: 'time passes' });
  await inSystem(sql, async (tx) => {
    for (const table of ['payment_attempts', 'webhook_deliveries', 'emails']) {
      await tx`update ${tx(table)} set lease_until = lease_until - interval '3 minutes' where lease_until is not null`;
    }
  });
  await sql.end();
  await Promise.all(fleet.members.map((member) => member.start()));
}

for (const backend of BACKENDS) {
  test(`kill -9 in the middle, on ${backend}`, async () => {
    const { ending } = await tellToFleet(backend, {
      troubles: [
        { when: inTheMiddleOfIngest, make: ({ fleet }) => kill(oneOfEach(fleet)) },
        { when: atMonthEnd, make: (stage) => wait(300).then(() => killAll(stage)) },
        { when: atNextMonthEnd, make: (stage) => wait(500).then(() => killAll(stage)) },
      ],
    });
    assert.deepEqual(ending.problems, []);
  });
}
