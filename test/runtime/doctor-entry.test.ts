// The doctor as a process: what it prints and how it ends, on a sound database, a sick one, and where it cannot look.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { scratchFolder } from '#test/support/scratch-folder.ts';
import { seedCustomer, seedTenant } from '#test/support/seeds.ts';

const folder = scratchFolder();
let database: TestDatabase;

before(async () => {
  database = await testDatabase();
  await seedTenant(database.sql, 'ten_sound');
  await seedTenant(database.sql, 'ten_sick');
  await seedCustomer(database.sql, 'ten_sick', { id: 'cus_untold' });
});
after(async () => {
  await database.close();
  folder.remove();
});

function doctor(args: readonly string[], databaseUrl = database.url) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['runtime/doctor-entry.ts', ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ACCRUE_DATA_DIR: folder.path, DATABASE_URL: databaseUrl },
  });
  return { status, stdout, stderr };
}

test('a sound tenant: a line for each invariant, a verdict, and 0', () => {
  const { status, stdout } = doctor(['--tenant', 'ten_sound', '--settled']);
  assert.equal(status, 0);
  assert.match(stdout, /^ok {2}I2\.rollups +0 {2}every rollup equals the aggregate of its facts$/m);
  assert.match(stdout, /\nhealthy: \d+ invariants hold\n$/);
});

test('a customer nobody was told of: the line says what and whose, and 1', () => {
  const { status, stdout } = doctor([]);
  assert.equal(status, 1);
  assert.match(
    stdout,
    /^BAD I10\.transitions .*\n +1 broken:\n +cus_untold: billing\.customer\.created was told 0 times$/m,
  );
  assert.match(stdout, /\n1 of \d+ invariants do not hold\n$/);
});

test('as JSON', () => {
  const { status, stdout } = doctor(['--json']);
  assert.equal(status, 1);
  const findings = JSON.parse(stdout) as { id: string; broken: number; examples: unknown[] }[];
  assert.deepEqual(
    findings.filter(({ broken }) => broken > 0).map(({ id, examples }) => [id, examples.length]),
    [['I10.transitions', 1]],
  );
});

test('where it cannot look it says why, and 2', () => {
  const unknown = doctor(['--tenant', 'ten_none']);
  assert.deepEqual([unknown.status, unknown.stderr], [2, 'there is no tenant ten_none\n']);
  const misspelt = doctor(['--setled']);
  assert.equal(misspelt.status, 2);
  assert.match(misspelt.stderr, /usage: doctor/);
  const away = doctor([], 'postgres://accrue@127.0.0.1:1/none');
  assert.equal(away.status, 2);
});
