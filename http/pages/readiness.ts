// Owns what "ready" means for a web process: the database answers, its schema is this release's, rings can be sent.
// Says so as data; pages/health.ts gives it a status code.
import { instantText } from '#actors/calendar/time.ts';
import type { Sql } from '#db/scope.ts';
import { type OldestDueView, oldestDue } from '#db/views/oldest-due.ts';
import type { Clock } from '#runtime/clock.ts';
import type { Log } from '#runtime/log.ts';

/** Health checkers give up after a few seconds; so do we, and say which part is slow. */
const CHECK_MS_MAX = 2_000;

type Check = { readonly ok: boolean; readonly detail?: string };

export type Readiness = {
  readonly ready: boolean;
  readonly checks: { readonly database: Check; readonly schema: Check; readonly queue: Check };
  /** Seconds the oldest due work of each kind has waited; absent while the database is away. */
  readonly oldestDueSeconds?: OldestDueView;
};

export type ReadinessDeps = {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Log;
  /** Throws when the schema is not this release's. */
  readonly checkSchema: () => Promise<void>;
  /** False while rings cannot be sent. */
  readonly queueAnswers: () => Promise<boolean>;
};

/** Looks at all parts at once; never throws. A queue that is away costs latency only, so it does not make the process unready. */
export function createReadiness(deps: ReadinessDeps): () => Promise<Readiness> {
  const { sql, clock, checkSchema, queueAnswers } = deps;
  return async () => {
    const [due, schema, queue] = await Promise.all([
      attempt(deps, 'database', () => oldestDue(sql, instantText(clock.wall()))),
      attempt(deps, 'schema', checkSchema),
      attempt(deps, 'queue', queueAnswers),
    ]);
    const checks = {
      database: due.check,
      schema: schema.check,
      queue:
        queue.value === false
          ? { ok: false, detail: 'rings cannot be sent; the sweep makes up for them' }
          : queue.check,
    };
    const ready = checks.database.ok && checks.schema.ok;
    return { ready, checks, ...(due.value && { oldestDueSeconds: due.value }) };
  };
}

/** Details go to the log: a health page is open to anyone. */
async function attempt<T>(
  { clock, log }: ReadinessDeps,
  part: string,
  look: () => Promise<T>,
): Promise<{ readonly check: Check; readonly value?: T }> {
  const settled = new AbortController();
  const late = clock.sleep(CHECK_MS_MAX, settled.signal).then(() => 'late' as const);
  try {
    const outcome = await Promise.race([look().then((value) => ({ value })), late]);
    if (outcome === 'late') return { check: { ok: false, detail: 'does not answer in time' } };
    return { check: { ok: true }, value: outcome.value };
  } catch (error) {
    log.warn('not ready', { part, error });
    return { check: { ok: false, detail: 'is away or unfit; see the log' } };
  } finally {
    settled.abort();
  }
}
