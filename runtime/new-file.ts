// Owns making a file that is there with all its text or not at all, whoever else makes it at the same moment.
import { linkSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Makes `path` with `text`, readable by its owner only. Answers false, and changes nothing, if it is there already.
 * A file opened with `wx` is empty until it is written; a name that is linked to a written file never is.
 */
export function createNewFile(path: string, text: string): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}
