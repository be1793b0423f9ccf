// Walks every machine of the actors: robot3 compiles a misspelt target and says nothing of an unknown event, so this looks.
// The statuses are also those that the database allows, and the page in docs/ shows the machines as they are.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { allMachines, type MachineTable, machinePage } from '#test/support/machine-pages.ts';

const PAGE = join(import.meta.dirname, '../docs/state-machines.md');

/** Table → files of its machines, and the statuses of its column that wait for their feature. */
const COLUMNS: Readonly<Record<string, { machines: readonly string[]; later: readonly string[] }>> = {
  subscriptions: {
    machines: ['subscription-machine.ts'],
    later: ['incomplete', 'incomplete_expired', 'trialing', 'paused', 'unpaid'],
  },
  charges: {
    machines: ['flat-fee-machine.ts', 'usage-charge-machine.ts'],
    later: [
      ...['started', 'waiting_for_collection', 'processing', 'issuing', 'completed'].map(
        (step) => `active.partial_realization.${step}`,
      ),
      'superseded',
    ],
  },
  invoices: { machines: ['invoice-machine.ts'], later: [] },
  payment_attempts: { machines: ['payment-attempt-machine.ts'], later: [] },
};

const machines = await allMachines();
const statuses = ({ moves }: MachineTable): string[] => [...moves.keys()];
const finals = (machine: MachineTable): string[] =>
  statuses(machine).filter((status) => machine.moves.get(status)?.length === 0);

/** Every status that can be got to from `from`, itself included. */
function reachable({ moves }: MachineTable, from: string): Set<string> {
  const found = new Set([from]);
  for (const status of found) for (const { to } of moves.get(status) ?? []) found.add(to);
  return found;
}

test('there are machines, and each decides over a column', () => {
  const known = Object.values(COLUMNS).flatMap((column) => column.machines);
  assert.deepEqual(machines.map(({ file }) => file).sort(), known.sort());
});

for (const machine of machines) {
  describe(`the machine of ${machine.name}`, () => {
    test('goes only to statuses it has', () => {
      const targets = [...machine.moves.values()].flat().map(({ to }) => to);
      assert.deepEqual(
        targets.filter((to) => !machine.moves.has(to)),
        [],
      );
    });

    test('reaches every status from its first', () => {
      assert.ok(machine.moves.has(machine.initial));
      assert.deepEqual([...reachable(machine, machine.initial)].sort(), statuses(machine).sort());
    });

    test('has an end, and a way there from everywhere', () => {
      const ends = finals(machine);
      assert.ok(ends.length > 0);
      const stuck = statuses(machine).filter((status) =>
        [...reachable(machine, status)].every((reached) => !ends.includes(reached)),
      );
      assert.deepEqual(stuck, []);
    });

    test('knows the events of its type, and no other', () => {
      const [, union = ''] = /export type \w+Event =([^;]+);/.exec(machine.source) ?? [];
      const declared = [...union.matchAll(/'([a-z_]+)'/g)].map(([, event = '']) => event);
      const events = new Set([...machine.moves.values()].flat().map(({ event }) => event));
      assert.ok(declared.length > 0);
      assert.deepEqual([...events].sort(), declared.sort());
    });

    test('has nothing that would run again when a row is loaded', () => {
      assert.deepEqual(machine.forbidden, []);
    });
  });
}

describe('the columns', () => {
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.close());

  for (const [table, { machines: files, later }] of Object.entries(COLUMNS)) {
    test(`${table}.status takes what its machines have, and what is still to come`, async () => {
      const checks = await database.sql<{ text: string }[]>`
        select pg_get_constraintdef(c.oid) as text from pg_constraint c
        join pg_attribute a on a.attrelid = c.conrelid and c.conkey = array[a.attnum] and a.attname = 'status'
        where c.contype = 'c' and c.conrelid = ${table}::regclass`;
      assert.equal(checks.length, 1);
      const allowed = [...(checks[0]?.text ?? '').matchAll(/'([^']+)'::text/g)].map(
        ([, status = '']) => status,
      );
      const known = machines.filter(({ file }) => files.includes(file)).flatMap(statuses);
      assert.deepEqual([...new Set(allowed)].sort(), [...new Set([...known, ...later])].sort());
      assert.deepEqual(
        later.filter((status) => known.includes(status)),
        [],
      );
    });
  }
});

test('docs/state-machines.md shows them as they are', () => {
  const page = machinePage(machines);
  if (process.env['ACCRUE_WRITE_DOCS'] === '1') writeFileSync(PAGE, page);
  assert.equal(readFileSync(PAGE, 'utf8'), page, 'run this test with ACCRUE_WRITE_DOCS=1');
});
