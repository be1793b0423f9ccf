// Owns the list of what the HTTP layer needs from the process around it, and what a request carries with it.
import type { Sql } from '#db/scope.ts';
import type { ApiKeys } from '#runtime/api-keys.ts';
import type { Clock } from '#runtime/clock.ts';
import type { CommandBus } from '#runtime/command-bus.ts';
import type { Ids } from '#runtime/ids.ts';
import type { Ingest } from '#runtime/ingest/ingest.ts';
import type { Log } from '#runtime/log.ts';
import type { Telemetry } from '#runtime/telemetry.ts';
import type { Tenants } from '#runtime/tenants.ts';
import type { Readiness } from './pages/readiness.ts';

export type HttpDeps = {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly commandBus: CommandBus;
  readonly ingest: Ingest;
  readonly apiKeys: ApiKeys;
  readonly tenants: Tenants;
  /** Creates tenants; undefined: nobody can. */
  readonly operatorKey: string | undefined;
  readonly telemetry: Pick<Telemetry, 'renderMetrics'>;
  /** Looks at everything a request needs; never throws. */
  readonly readiness: () => Promise<Readiness>;
};
