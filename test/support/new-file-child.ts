// A process that makes the files of a folder at the same moments as others do, and prints what it then reads in them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createNewFile } from '#runtime/new-file.ts';

const [folder = '', files = '0'] = process.argv.slice(2);
const made: string[] = [];
for (let name = 0; name < Number(files); name += 1) {
  const path = join(folder, String(name));
  createNewFile(path, `made by ${process.pid}`);
  made.push(readFileSync(path, 'utf8'));
}
process.stdout.write(JSON.stringify(made));
