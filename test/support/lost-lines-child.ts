// A program that loses its database ten times with transactions under way; prints how they ended and whether all is well after.
import { connectDatabase } from '#db/connection.ts';
import { systemClock } from '#runtime/clock.ts';
import { cutLine } from './cut-line.ts';
import { testDatabase } from './database.ts';

const ROUNDS = 10;
const { sleep } = systemClock();

const database = await testDatabase();
const line = await cutLine(database.url);
const sql = connectDatabase({ url: line.url, max: 3 });

/** Idles and asks in turns, so that a cut finds some of each kind. */
async function transaction(index: number, round: number): Promise<boolean> {
  try {
    await sql.begin(async (tx) => {
      await tx`select 1`;
      await sleep(5 * index + (round % 7));
      for (let count = 0; count < 20; count += 1) await tx`select ${count}::int`;
    });
    return true;
  } catch {
    return false;
  }
}

let committed = 0;
let failed = 0;
for (let round = 0; round < ROUNDS; round += 1) {
  const work = Array.from({ length: 6 }, (_, index) => transaction(index, round));
  await sleep(12);
  line.cut();
  await sleep(30);
  line.join();
  for (const isDone of await Promise.all(work)) {
    if (isDone) committed += 1;
    else failed += 1;
  }
}
const after = await Promise.all([sql`select 1`, sql`select 2`, sql`select 3`]);
await sql.end({ timeout: 1 });
await line.close();
await database.close();
process.stdout.write(JSON.stringify({ committed, failed, after: after.length }));
