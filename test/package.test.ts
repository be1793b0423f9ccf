// The package as its users get it: built, packed, installed in a folder of its own, and used there by a program and a shell.
// Needs npm and what `npm ci` left in its cache, or the registry npm is set up with.
import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { testDatabase } from '#test/support/database.ts';
import { scratchFolder } from '#test/support/scratch-folder.ts';
import * as source from '../index.ts';

const ROOT = join(import.meta.dirname, '..');
const folder = scratchFolder();
const bin = join(folder.path, 'node_modules/accrue/bin.js');
const read = (path: string): string => readFileSync(path, 'utf8');

function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): SpawnSyncReturns<string> {
  // This Node comes first, also for the programs that npm starts.
  const path = `${dirname(process.execPath)}:${process.env['PATH']}`;
  const options = { cwd: folder.path, env: { ...process.env, PATH: path, ...env } };
  return spawnSync(command, args, { ...options, encoding: 'utf8', timeout: 120_000 });
}

function succeeds(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): string {
  const { status, stdout, stderr } = run(command, args, env);
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

const node = process.execPath;

/** Runs `args` on a Node that says it is an older one. */
function onOldNode(...args: readonly string[]): SpawnSyncReturns<string> {
  const pretend = join(folder.path, 'old-node.cjs');
  writeFileSync(
    pretend,
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.14.0' } });
     Object.defineProperty(process, 'version', { value: 'v22.14.0' });`,
  );
  return run(node, ['-r', pretend, ...args]);
}

before(() => {
  const built = join(folder.path, 'built');
  succeeds(node, [join(ROOT, 'packaging/build-entry.ts'), built]);
  writeFileSync(join(folder.path, 'package.json'), '{ "private": true, "type": "module" }');
  const [packed] = JSON.parse(succeeds('npm', ['pack', built, '--json', '--loglevel=error'])) as {
    filename: string;
  }[];
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  succeeds('npm', ['install', join(folder.path, packed?.filename ?? ''), ...quiet]);
  const example = read(join(ROOT, 'examples/embedded.ts')).replaceAll(`'../index.ts'`, `'accrue'`);
  writeFileSync(join(folder.path, 'embedded.ts'), example);
});
after(() => folder.remove());

describe('the installed package', () => {
  test('takes a program from nothing to its first invoices, on a database it brings itself', () => {
    writeFileSync(
      join(folder.path, 'program.ts'),
      `import { embedded } from './embedded.ts';
       process.stdout.write(JSON.stringify(await embedded()));`,
    );
    const printed = succeeds(node, ['program.ts']);
    // On a busy machine log lines may come before it.
    assert.deepEqual(JSON.parse(printed.slice(printed.lastIndexOf('\n') + 1)), [
      { number: 'INV-2025-000002', status: 'paid', total: '2600' },
      { number: 'INV-2025-000001', status: 'paid', total: '2000' },
    ]);
  });

  test('has types that hold without the sources', () => {
    const compilerOptions = {
      target: 'esnext',
      lib: ['esnext', 'dom'],
      module: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
    };
    writeFileSync(
      join(folder.path, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['embedded.ts'] }),
    );
    const { stdout } = run(node, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.']);
    const ours = stdout.split('\n').filter((line) => /^(embedded\.ts|node_modules\/accrue\/)/.test(line));
    assert.deepEqual(ours, []);
  });

  test('exports what the source exports', () => {
    const names = succeeds(node, [
      '-p',
      `import('accrue').then((all) => console.log(Object.keys(all).join())), ''`,
    ]);
    assert.equal(names.trim(), Object.keys(source).join());
  });

  test('brings neither a Node of its own nor tools, and no source', () => {
    const installed = join(folder.path, 'node_modules/accrue/package.json');
    const manifest = JSON.parse(read(installed)) as Record<string, unknown>;
    for (const field of ['optionalDependencies', 'devDependencies', 'scripts', 'private']) {
      assert.equal(manifest[field], undefined, field);
    }
    assert.deepEqual(manifest['engines'], { node: '>=26' });
    const { dependencies, version } = JSON.parse(read(join(ROOT, 'package.json'))) as Record<string, unknown>;
    assert.deepEqual([manifest['dependencies'], manifest['version']], [dependencies, version]);
    const files = succeeds('find', ['node_modules/accrue', '-name', '*.ts', '-not', '-name', '*.d.ts']);
    assert.equal(files, '');
  });

  test('says on an older Node what it needs, to a program and to a shell', () => {
    const sentence = 'Accrue needs Node 26 or newer, this is v22.14.0.';
    const program = onOldNode('-e', `import('accrue').catch((error) => console.log(error.message))`);
    assert.equal(program.stdout, `${sentence}\n`);
    const shell = onOldNode(bin, 'web');
    assert.deepEqual([shell.status, shell.stderr], [1, `${sentence}\n`]);
  });
});

describe('the command of the package', () => {
  const command = join(folder.path, 'node_modules/.bin/accrue');

  test('names what it can do', () => {
    for (const args of [[], ['toString'], ['serve']]) {
      const { status, stderr } = run(command, args);
      assert.deepEqual([status, stderr], [1, 'usage: accrue migrate | web | worker | doctor\n']);
    }
  });

  test('migrates a database, and serves it until it is told to stop', { timeout: 60_000 }, async (t) => {
    const database = await testDatabase({ empty: true });
    const env = { DATABASE_URL: database.url, ACCRUE_DATA_DIR: folder.path, PORT: '0', REDIS_URL: '' };
    try {
      succeeds(command, ['migrate'], env);
      const [row] = await database.sql<
        { name: string | null }[]
      >`select to_regclass('customers')::text as name`;
      assert.equal(row?.name, 'customers');
      const findings = JSON.parse(succeeds(command, ['doctor', '--json'], env)) as { broken: number }[];
      assert.ok(findings.length > 0 && findings.every(({ broken }) => broken === 0));

      const web = spawn(node, [bin, 'web'], {
        cwd: folder.path,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exit = once(web, 'exit');
      t.after(() => web.kill('SIGKILL'));
      for await (const line of createInterface(web.stdout)) {
        const { message, port } = JSON.parse(line) as { message: string; port?: number };
        if (message !== 'listening') continue;
        const ready = await fetch(`http://127.0.0.1:${port}/health/ready`);
        const page = await fetch(`http://127.0.0.1:${port}/docs/page.css`);
        assert.deepEqual([ready.status, page.status], [200, 200]);
        web.kill('SIGTERM');
      }
      assert.deepEqual(await exit, [0, null]);
    } finally {
      await database.close();
    }
  });
});
