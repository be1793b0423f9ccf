// Owns secrets that a development machine makes for itself once and finds again in its data folder.
// Refuses to work in production: there, secrets come from the environment.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createNewFile } from './new-file.ts';
import type { Random } from './random.ts';

/**
 * The secret called `name` below `dataDir`: what an earlier start wrote, or `bytes` fresh ones in base64.
 * Two processes that start together end with the same secret, because only one can create the file.
 */
export function rememberedSecret(
  name: string,
  options: { dataDir: string; random: Random; bytes: number },
): string {
  const path = join(options.dataDir, name);
  mkdirSync(options.dataDir, { recursive: true });
  const fresh = Buffer.from(options.random.bytes(options.bytes)).toString('base64');
  createNewFile(path, `${fresh}\n`);
  return readFileSync(path, 'utf8').trim();
}
