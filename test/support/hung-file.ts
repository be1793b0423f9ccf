// Owns the end of a test file, loaded before each one: a process that stays alive after its last test says what holds it, and
// fails. The runner's own limit is for tests alone: it would wait for the process for ever, and no summary would come.
import { afterEach, beforeEach } from 'node:test';

/** Also of a suite's preparations, between two tests. */
const PATIENCE_MS = 300_000;

const [, file = ''] = process.argv;
const running = new Set<string>();
let patience: NodeJS.Timeout | undefined;

function wait(): void {
  clearTimeout(patience);
  if (running.size > 0) return;
  patience = setTimeout(() => {
    const held = process.getActiveResourcesInfo().join(', ');
    console.error(`HUNG: ${file} runs no test, and lives on: ${held}`);
    process.exit(1);
  }, PATIENCE_MS).unref();
}

// A process that a test starts from this one's arguments is no file.
if (file.endsWith('.test.ts')) {
  wait();
  beforeEach((test) => {
    running.add(test.fullName);
    wait();
  });
  afterEach((test) => {
    running.delete(test.fullName);
    wait();
  });
}
