// Tries every copied fact. Each one agrees, or is listed as a difference, with its reason, and really differs.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { DIFFERENCES } from './differences.ts';
import { engineFacts } from './engine-facts.ts';
import { factsOf, type Runners, SOURCES, type Source } from './facts.ts';
import { flexpriceFacts } from './flexprice-facts.ts';
import { killbillFacts } from './killbill-facts.ts';
import { lagoFacts } from './lago-facts.ts';
import { openmeterFacts } from './openmeter-facts.ts';

const RUNNERS: Readonly<Record<Source, Runners>> = {
  engine: engineFacts,
  flexprice: flexpriceFacts,
  killbill: killbillFacts,
  lago: lagoFacts,
  openmeter: openmeterFacts,
};

for (const source of SOURCES) {
  const facts = factsOf(source);
  const differences = new Map(Object.entries(DIFFERENCES[source] ?? {}));

  describe(source, () => {
    for (const { id, feature, stated } of facts) {
      const difference = differences.get(id);
      test(
        difference === undefined ? `${feature} ${id}` : `${feature} ${id} differs: ${difference.reason}`,
        () => {
          const run = RUNNERS[source][feature];
          assert.ok(run, `nothing tries the feature ${feature}`);
          if (difference === undefined) return run(stated);
          // A fact in an unknown shape is a gap in its runner, not a difference.
          return assert.throws(
            () => run(stated),
            (error) => !(error instanceof z.ZodError),
          );
        },
      );
    }

    test('each difference names a decision that exists', () => {
      for (const { decision } of differences.values()) {
        const page = new URL(`../../docs/decisions/${decision}`, import.meta.url);
        assert.ok(decision === null || existsSync(page), `${decision} is missing`);
      }
    });

    test('each fact and each difference stands once', () => {
      const ids = facts.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      assert.deepEqual(
        [...differences.keys()].filter((id) => !ids.includes(id)),
        [],
      );
    });
  });
}
