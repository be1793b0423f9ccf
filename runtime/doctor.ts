// Owns the examination of the books: asks every invariant, each in a transaction of its own that writes nothing, for one
// tenant or for all. Refuses to repair anything.
import { instantText, wallTime } from '#actors/calendar/time.ts';
import { examine } from '#db/doctor/examine.ts';
import type { Finding, Invariant, Question } from '#db/doctor/invariant.ts';
import { INVARIANTS } from '#db/doctor/invariants.ts';
import { inSystem, inTenant, type Sql, type Tx } from '#db/scope.ts';
import { findTenant } from '#db/views/tenants.ts';
import type { Clock } from './clock.ts';

/** What is due for longer is late: a sweep comes every second, and again after half a minute. */
const GRACE_MS = 120_000;
/** More stops a process at its start. */
const SKEW_MS = 2_000;

export type Examination = {
  /** Only this tenant's rows; what no tenant sees is left out. */
  readonly tenant?: string | undefined;
  /** Also what holds only when nothing is under way. */
  readonly settled?: boolean;
  readonly graceMs?: number;
  readonly skewMs?: number;
  /** Only these ids. */
  readonly only?: readonly string[];
};

export type Doctor = {
  /** What was found, an entry for each invariant asked; undefined if there is no such tenant. */
  examine(examination?: Examination): Promise<Finding[] | undefined>;
};

export function createDoctor({ sql, clock }: { readonly sql: Sql; readonly clock: Clock }): Doctor {
  return {
    async examine(examination = {}) {
      const { tenant, graceMs = GRACE_MS, skewMs = SKEW_MS } = examination;
      if (tenant !== undefined && !(await isTenant(sql, tenant))) return undefined;
      const now = clock.wall();
      const lateBefore = wallTime(now.subtract({ milliseconds: graceMs }));
      const ask: Question = { now: instantText(now), lateBefore: instantText(lateBefore), skewMs };
      const findings: Finding[] = [];
      for (const invariant of INVARIANTS.filter((one) => isAsked(one, examination))) {
        const look = (tx: Tx): Promise<Finding> => lookOnly(tx, invariant, ask);
        findings.push(await (tenant === undefined ? inSystem(sql, look) : inTenant(sql, tenant, look)));
      }
      return findings;
    },
  };
}

async function isTenant(sql: Sql, tenant: string): Promise<boolean> {
  return (await inTenant(sql, tenant, (tx) => findTenant(tx, tenant))) !== undefined;
}

function isAsked(invariant: Invariant, { tenant, settled = false, only }: Examination): boolean {
  if (only !== undefined && !only.includes(invariant.id)) return false;
  if (invariant.holds === 'rest' && !settled) return false;
  return invariant.scope !== 'system' || tenant === undefined;
}

/** Without a time limit: large books take long to read. */
async function lookOnly(tx: Tx, invariant: Invariant, ask: Question): Promise<Finding> {
  await tx`select set_config('transaction_read_only', 'on', true), set_config('statement_timeout', '0', true)`;
  return examine(tx, invariant, ask);
}
