// Owns the published package: JavaScript and its types from the compiler, the files that are read at run time, and a manifest
// of its own. Node refuses .ts below node_modules, so what is published is built. `npm run build [folder]`, default dist.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly imports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
};

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = ['actors', 'db', 'runtime', 'jobs', 'notifications', 'http'];
const FRONT = ['main.js', 'bin.js', 'node-version.js'];
const PAGES = ['LICENSE', 'README.md', 'CHANGELOG.md'];

function build(out: string): void {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  compile(out);
  for (const folder of FOLDERS) copyAssets(folder, out);
  for (const name of FRONT) cpSync(join(import.meta.dirname, name), join(out, name));
  chmodSync(join(out, 'bin.js'), 0o755);
  for (const name of PAGES) if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(out, name));
  const source = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  writeFileSync(join(out, 'package.json'), `${JSON.stringify(published(source), null, 2)}\n`);
}

/** Types are checked by the gate; here they would only complain of `#` imports, which the manifest maps. */
function compile(out: string): void {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const args = [tsc, '-p', join(import.meta.dirname, 'tsconfig.json'), '--outDir', out];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error('the compiler failed');
}

/** All that is not source and not about the source: migrations, scripts and styles of pages. */
function copyAssets(folder: string, out: string): void {
  cpSync(join(ROOT, folder), join(out, folder), {
    recursive: true,
    filter: (from) => !/\.(ts|md|cjs)$/.test(from),
  });
}

/** Without what only the repository needs: its own Node, its tools and its scripts. */
function published({ name, version, description, license, imports, dependencies }: Manifest): object {
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    engines: { node: '>=26' },
    imports: Object.fromEntries(FOLDERS.map((folder) => mapped(folder, imports))),
    exports: { '.': { types: './index.d.ts', default: './main.js' } },
    bin: { accrue: './bin.js' },
    dependencies,
  };
}

/** Sources import `#db/scope.ts`; the built file beside it is `db/scope.js`. */
function mapped(folder: string, imports: Manifest['imports']): [string, object] {
  const target = imports[`#${folder}/*`];
  if (target === undefined) throw new Error(`package.json does not map #${folder}/*`);
  return [`#${folder}/*.ts`, { types: `${target}.d.ts`, default: `${target}.js` }];
}

build(resolve(process.argv[2] ?? join(ROOT, 'dist')));
