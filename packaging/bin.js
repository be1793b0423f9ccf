#!/usr/bin/env node
// Owns the published package's command: `accrue web` and the like start that process with the settings of the environment.
import { refusal } from './node-version.js';

const ENTRIES = {
  doctor: './runtime/doctor-entry.js',
  migrate: './runtime/migrate-entry.js',
  web: './http/web-entry.js',
  worker: './jobs/worker-entry.js',
};

const [, , name = '', ...rest] = process.argv;
const entry = Object.hasOwn(ENTRIES, name) ? ENTRIES[name] : undefined;
const problem = refusal ?? (entry === undefined ? 'usage: accrue migrate | web | worker | doctor' : undefined);
if (problem === undefined) {
  // An entry reads its own arguments as if it had been started itself.
  process.argv.splice(2, process.argv.length, ...rest);
  await import(entry);
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
