// Owns bugs that billing systems have had, as changes of our own text: the simulator must find each of them.
// Put in place before anything is loaded; a text that is not there any more is an error, not a bug that hides.
import { type ModuleSource, registerHooks } from 'node:module';

type Change = { readonly file: string; readonly written: string; readonly meant: string };

export type KnownBug = {
  readonly name: string;
  /** Seeds from 1 on that find it: with room for other rolls, and few enough to mean something. */
  readonly within: number;
  /** Of those the one that is tried first. With other code it may find nothing. */
  readonly first: number;
  readonly changes: readonly Change[];
};

export const KNOWN_BUGS: readonly KnownBug[] = [
  {
    // Law 1: a ring may be lost, so what is due must be found in the rows.
    name: 'ring treated as truth',
    within: 10,
    first: 7,
    changes: [
      {
        file: '/runtime/sweep.ts',
        written: 'const rings = found.rings.map((ring) => ({ ...ring, window }));',
        meant: 'const rings = found.rings.slice(0, 0).map((ring) => ({ ...ring, window }));',
      },
    ],
  },
  {
    // Protocols H9: who is fenced has recorded nothing. Here it says "done", and the sweep believes that a claimed attempt
    // is in somebody's hands, as systems do whose queue holds the truth.
    name: 'fenced worker acknowledges',
    within: 20,
    first: 7,
    changes: [
      {
        file: '/jobs/outcome.ts',
        written: 'throw error;',
        meant: `if (fate !== 'fenced') throw error;`,
      },
      {
        file: '/db/due-work.ts',
        written: 'and (call_count > 0 or created_at <= ${search.settledBefore})',
        meant: 'and call_count = 0 and created_at <= ${search.settledBefore}',
      },
    ],
  },
  {
    // Law 8: unknown is not failed.
    name: 'charge under a new key after unknown',
    within: 10,
    first: 2,
    changes: [
      {
        file: '/jobs/collect.ts',
        written: 'const { providerKey: key, currency, token } = claim;',
        meant:
          'const { currency, token } = claim; ' +
          'const key = claim.callCount === 1 ? claim.providerKey : `${claim.providerKey}:${claim.callCount}`;',
      },
    ],
  },
  {
    // Law 2: state, events and outbox are one transaction.
    name: 'outbox row written after commit',
    within: 10,
    first: 5,
    changes: [
      {
        file: '/db/save/save-turn.ts',
        written: "if (set === 'event.added') {",
        meant: 'if (sets.length < 0) {',
      },
      {
        file: '/runtime/turn/customer-turn.ts',
        written: 'await commit(rows.size === 0 ? undefined : save);',
        meant: `await commit(rows.size === 0 ? undefined : save);
        await pool.begin(async (tx) => {
          await tx\`select set_config('app.tenant', \${tenantId}, true)\`;
          await tx\`insert into outbox (event_id, tenant_id, created_at)
            select id, tenant_id, created_at from billing_events
            where customer_id = any(\${[...order.customerIds]}) and created_at = \${instantText(wall)}
            on conflict do nothing\`;
        });`,
      },
    ],
  },
  {
    // Protocols H4: what was seen before counts for nothing.
    name: 'rollup not idempotent',
    within: 10,
    first: 2,
    changes: [
      {
        file: '/db/usage-count.ts',
        written: 'from fresh join first f using (key)',
        meant: 'from first f left join fresh using (key)',
      },
    ],
  },
];

/** Throws for a bug whose text is not there once everything is loaded: call the answer then. */
export function plantBug(name: string): () => void {
  const bug = KNOWN_BUGS.find((one) => one.name === name);
  if (bug === undefined) throw new Error(`no bug is called ${name}`);
  const missing = new Set(bug.changes);
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      const changes = bug.changes.filter(({ file }) => url.endsWith(file));
      if (changes.length === 0) return loaded;
      let source = textOf(loaded.source);
      for (const change of changes) {
        if (!source.includes(change.written)) throw new Error(`${change.file} has no "${change.written}"`);
        source = source.replace(change.written, () => change.meant);
        missing.delete(change);
      }
      return { ...loaded, source };
    },
  });
  return () => {
    if (missing.size > 0) throw new Error(`"${name}" was not planted`);
  };
}

function textOf(source: ModuleSource | undefined): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source);
}
