// Tries every copied fact. Each one agrees, or is listed as a difference, with its reason, and really differs, or does not
// apply, with its reason.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { z } from 'zod';
import { closeCounted } from './counted.ts';
import { DIFFERENCES } from './differences.ts';
import { engineFacts } from './engine-facts.ts';
import { factsOf, type Runners, SOURCES, type Source } from './facts.ts';
import { flexpriceFacts } from './flexprice-facts.ts';
import { killbillFacts } from './killbill-facts.ts';
import { lagoFacts } from './lago-facts.ts';
import { NOT_APPLICABLE, reasonNot } from './not-applicable.ts';
import { openmeterFacts } from './openmeter-facts.ts';

const RUNNERS: Readonly<Record<Source, Runners>> = {
  engine: engineFacts,
  flexprice: flexpriceFacts,
  killbill: killbillFacts,
  lago: lagoFacts,
  openmeter: openmeterFacts,
};

after(closeCounted);

for (const source of SOURCES) {
  const facts = factsOf(source);
  const tried = facts.filter((fact) => reasonNot(source, fact) === undefined);
  const differences = new Map(Object.entries(DIFFERENCES[source] ?? {}));

  describe(source, () => {
    for (const { id, feature, stated } of tried) {
      const difference = differences.get(id);
      test(
        difference === undefined ? `${feature} ${id}` : `${feature} ${id} differs: ${difference.reason}`,
        async () => {
          const run = RUNNERS[source][feature];
          assert.ok(run, `nothing tries the feature ${feature}`);
          if (difference === undefined) return run(stated);
          // A fact in an unknown shape is a gap in its runner, not a difference.
          return assert.rejects(
            async () => run(stated),
            (error) => !(error instanceof z.ZodError) && !/no runner understands/.test(String(error)),
          );
        },
      );
    }

    test('each difference names a decision that exists', () => {
      for (const { decision } of differences.values()) {
        const page = new URL(`../../docs/decisions/${decision}`, import.meta.url);
        assert.ok(existsSync(page), `${decision} is missing`);
      }
    });

    test('each fact and each difference stands once', () => {
      const ids = facts.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      const triedIds = tried.map(({ id }) => id);
      assert.deepEqual(
        [...differences.keys()].filter((id) => !triedIds.includes(id)),
        [],
      );
    });

    test('each reason not to try a fact has its facts, and no runner', () => {
      const { features, ids } = NOT_APPLICABLE[source];
      const known = { features: facts.map(({ feature }) => feature), ids: facts.map(({ id }) => id) };
      assert.deepEqual(
        Object.keys(features).filter((name) => !known.features.includes(name) || name in RUNNERS[source]),
        [],
      );
      assert.deepEqual(
        Object.keys(ids).filter((id) => !known.ids.includes(id)),
        [],
      );
    });
  });
}
