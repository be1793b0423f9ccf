// Owns where the cluster lies and that it gets there whole. Refuses to know whether a server runs on it.
import { createHash } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Account, accountOf, canRun, newAccount, runAs } from './account.ts';
import { type Native, program } from './binaries.ts';

/** A folder everyone may enter, for a service user that cannot enter the project's. */
const SHARED_FOLDER = '/var/lib';
const LOCATION_FILE = 'location';

export type Home = {
  readonly root: string;
  /** The data directory of the server. */
  readonly cluster: string;
  readonly account: Account;
  readonly native: Native;
};

export type HomeOptions = {
  readonly dataDir: string;
  readonly native: Native;
  readonly password: string;
  readonly namespaceCommand: string;
};

/** The home below `dataDir` (or where `location` says), made on the first call. */
export async function openHome(options: HomeOptions): Promise<Home> {
  const root = rememberedRoot(options.dataDir);
  const cluster = join(root, 'cluster');
  if (existsSync(join(cluster, 'PG_VERSION'))) {
    const copied = join(root, 'native');
    const native = existsSync(copied) ? { root: copied } : options.native;
    return { root, cluster, account: accountOf(cluster, options.namespaceCommand), native };
  }
  const home = await chooseHome(options);
  await createCluster(home, options.password);
  return home;
}

function rememberedRoot(dataDir: string): string {
  const location = join(dataDir, LOCATION_FILE);
  return existsSync(location) ? readFileSync(location, 'utf8').trim() : join(dataDir, 'postgres');
}

async function chooseHome({ dataDir, native, namespaceCommand }: HomeOptions): Promise<Home> {
  const account = await newAccount(namespaceCommand, program(native, 'initdb'));
  const near = makeFolder(join(dataDir, 'postgres'), account);
  const home = { root: near, cluster: join(near, 'cluster'), account, native };
  if (account.kind !== 'service-user') return home;
  const reachable = await canRun(account, [
    'sh',
    '-c',
    'cd "$1" && "$2" --version',
    'sh',
    near,
    program(native, 'initdb'),
  ]);
  if (reachable) return home;

  rmSync(near, { recursive: true });
  const mark = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const far = makeFolder(join(SHARED_FOLDER, `accrue-${mark}`), account);
  const copied = join(far, 'native');
  cpSync(native.root, copied, { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(dataDir, LOCATION_FILE), `${far}\n`);
  return { root: far, cluster: join(far, 'cluster'), account, native: { root: copied } };
}

function makeFolder(path: string, account: Account): string {
  mkdirSync(path, { recursive: true, mode: 0o755 });
  if (account.kind === 'service-user') chownSync(path, account.uid, account.gid);
  return path;
}

/** initdb works beside the cluster and a rename ends it, so a crash in between leaves no half of one. */
async function createCluster({ root, cluster, account, native }: Home, password: string): Promise<void> {
  const fresh = `${cluster}.new`;
  const passwordFile = join(root, 'initdb-password');
  rmSync(fresh, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account.kind === 'service-user') chownSync(passwordFile, account.uid, account.gid);
  const settings = [
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--data-checksums',
  ];
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  await runAs(account, root, [program(native, 'initdb'), `--pgdata=${fresh}`, ...settings, ...locale]);
  rmSync(passwordFile);
  renameSync(fresh, cluster);
}
