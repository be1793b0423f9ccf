// Owns a folder that exists for one test file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function scratchFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'accrue-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
