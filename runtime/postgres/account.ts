// Owns the question which account runs the server, because Postgres refuses root.
// Refuses to know what is run; a cluster that exists is run by the account that owns it, nothing else is remembered.
import { type ExecFileOptions, execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { promisify } from 'node:util';

const exec = promisify(execFile);
/** Preferred in this order; initdb needs an account that has a name. */
const SERVICE_USERS = ['postgres', 'nobody', 'daemon'];

export type Account =
  | { readonly kind: 'self' }
  /** Root outside, an ordinary user inside a user namespace: works below folders only root may enter. */
  | { readonly kind: 'namespace'; readonly uid: number; readonly gid: number; readonly command: string }
  | { readonly kind: 'service-user'; readonly uid: number; readonly gid: number };

/** Runs a program to its end as that account, in `cwd`; rejects with its standard error in the message. */
export async function runAs(
  account: Account,
  cwd: string,
  command: readonly [string, ...string[]],
): Promise<void> {
  const options: ExecFileOptions = { cwd, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } };
  const [file, ...args] = command;
  switch (account.kind) {
    case 'self':
      await exec(file, args, options);
      return;
    case 'namespace':
      await exec(account.command, [...namespaceFlags(account), file, ...args], options);
      return;
    case 'service-user':
      await exec(file, args, { ...options, uid: account.uid, gid: account.gid });
      return;
  }
}

/** The account for a cluster that exists. Throws when only someone else could run it. */
export function accountOf(cluster: string, namespaceCommand: string): Account {
  const { uid, gid } = statSync(cluster);
  const self = process.geteuid?.();
  if (self === undefined || (self === uid && self !== 0)) return { kind: 'self' };
  if (self === 0 && uid !== 0) return { kind: 'service-user', uid, gid };
  if (self === 0) return { kind: 'namespace', ...serviceUser(), command: namespaceCommand };
  throw new Error(
    `the database below ${cluster} belongs to user ${uid}: start as that user or set ACCRUE_DATA_DIR`,
  );
}

/** The account for a new cluster; a service user is the last resort, for root where namespaces are not allowed. */
export async function newAccount(namespaceCommand: string, probe: string): Promise<Account> {
  if (process.geteuid?.() !== 0) return { kind: 'self' };
  const inside: Account = { kind: 'namespace', ...serviceUser(), command: namespaceCommand };
  if (await canRun(inside, [probe, '--version'])) return inside;
  return { kind: 'service-user', ...serviceUser() };
}

/** Whether the account can run the command to a good end. */
export async function canRun(account: Account, command: readonly [string, ...string[]]): Promise<boolean> {
  return runAs(account, '/', command).then(
    () => true,
    () => false,
  );
}

function namespaceFlags(account: { uid: number; gid: number }): string[] {
  return ['--user', `--map-user=${account.uid}`, `--map-group=${account.gid}`];
}

function serviceUser(): { uid: number; gid: number } {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid, gid }) => uid > 0 && gid > 0);
  const found =
    SERVICE_USERS.map((name) => users.find((user) => user.name === name)).find(Boolean) ?? users[0];
  if (found === undefined)
    throw new Error('Postgres refuses to run as root and there is no other account here');
  return { uid: found.uid, gid: found.gid };
}
