// Owns the refusal of a database server that is too old for what the migrations say.
import { DatabaseUnfit } from './unfit.ts';

/** As `server_version_num` has it. */
const LEAST = 150_000;
const QUESTION = `select current_setting('server_version') as version, current_setting('server_version_num')::integer as number`;

type Release = { readonly version: string; readonly number: number };

/** `ask` sends a statement to the server, whichever driver it is. Throws DatabaseUnfit for a release before `least`. */
export async function assertServer(
  ask: (text: string) => Promise<readonly Release[]>,
  least: number = LEAST,
): Promise<void> {
  const [release] = await ask(QUESTION);
  if (release !== undefined && release.number >= least) return;
  throw new DatabaseUnfit(
    `the database server (DATABASE_URL) is Postgres ${release?.version ?? 'of no known release'}: ` +
      `Postgres ${Math.floor(least / 10_000)} or later is needed`,
  );
}
