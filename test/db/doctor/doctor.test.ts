// The doctor on a world that is sound, and on the same world broken in one way for each invariant: exactly that one is found.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { connectDatabase } from '#db/connection.ts';
import type { Finding } from '#db/doctor/invariant.ts';
import { INVARIANTS } from '#db/doctor/invariants.ts';
import type { Sql } from '#db/scope.ts';
import { createDoctor, type Doctor, type Examination } from '#runtime/doctor.ts';
import { openTold, type ToldWorld } from '../../crash/telling.ts';
import { CORRUPTIONS } from './corruptions.ts';

const STRICT: Examination = { settled: true, graceMs: 0, skewMs: 0 };

let world: ToldWorld;
let admin: Sql;

before(async () => {
  world = await openTold();
  admin = connectDatabase({ url: world.adminUrl, max: 1 });
});
after(async () => {
  await admin.end();
  await world.close();
});

async function found(doctor: Doctor, examination: Examination = STRICT): Promise<readonly Finding[]> {
  const findings = await doctor.examine(examination);
  assert.ok(findings);
  return findings;
}

/** What is found after the statements, which are then taken back. */
async function foundAfter(statements: readonly string[]): Promise<readonly Finding[]> {
  let findings: readonly Finding[] = [];
  const takenBack = new Error('taken back');
  await admin
    .begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      for (const statement of statements) await tx.unsafe(statement);
      const inside = {
        begin: (work: (tx: unknown) => unknown) => tx.savepoint((inner) => work(inner)),
      } as unknown as Sql;
      findings = await found(createDoctor({ sql: inside, clock: world.clock }));
      throw takenBack;
    })
    .catch((error: unknown) => {
      if (error !== takenBack) throw error;
    });
  return findings;
}

test('a sound world: every invariant holds, and each of them looked at something', async () => {
  const findings = await found(createDoctor({ sql: world.sql, clock: world.clock }));
  assert.deepEqual(
    findings.map(({ id }) => id),
    INVARIANTS.map(({ id }) => id),
  );
  assert.deepEqual(
    findings.filter(({ broken, looked, examples }) => broken > 0 || looked === 0 || examples.length > 0),
    [],
  );
});

test('ids are unique, and each invariant has a way to be broken', () => {
  const ids = INVARIANTS.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(Object.keys(CORRUPTIONS).sort(), ids.toSorted());
});

describe('a world in which one thing is wrong', () => {
  for (const [id, statements] of Object.entries(CORRUPTIONS)) {
    test(`${id} says so, and nothing else does`, async () => {
      const sick = (await foundAfter(statements)).filter(({ broken }) => broken > 0);
      assert.deepEqual(
        sick.map((finding) => finding.id),
        [id],
        JSON.stringify(sick),
      );
      const [finding] = sick;
      assert.equal(finding?.examples.length, finding?.broken);
      assert.match(finding?.examples[0]?.problem ?? '', /\w/);
    });
  }
});

describe('an examination', () => {
  test('of one tenant looks at its rows alone, and not at what no tenant sees', async () => {
    const doctor = createDoctor({ sql: world.sql, clock: world.clock });
    const findings = await found(doctor, { ...STRICT, tenant: world.tenant });
    assert.deepEqual(
      findings.filter(({ broken }) => broken > 0),
      [],
    );
    assert.ok(findings.length > 40);
    assert.ok(!findings.some(({ id }) => id === 'I1.identity'));
    assert.equal(await doctor.examine({ tenant: 'ten_none' }), undefined);
  });

  test('that is not of a settled world leaves out what holds only there', async () => {
    const findings = await found(createDoctor({ sql: world.sql, clock: world.clock }), {});
    const resting = INVARIANTS.filter(({ holds }) => holds === 'rest').map(({ id }) => id);
    assert.ok(resting.length > 0);
    assert.deepEqual(
      findings.filter(({ id }) => resting.includes(id)),
      [],
    );
  });

  test('writes nothing', async () => {
    const writing: Sql = Object.assign(Object.create(world.sql) as Sql, {
      begin: (work: (tx: unknown) => unknown) =>
        world.sql.begin(async (tx) => {
          await work(tx);
          await tx`update tenants set name = 'other'`;
        }),
    });
    await assert.rejects(createDoctor({ sql: writing, clock: world.clock }).examine(), { code: '25006' });
  });
});
