// Owns the end of a test file, loaded before each: one that stays alive after its last test says what holds it, and fails.
// The runner's own limit is for tests alone: it would wait for the process for ever, and no summary would come.
// Processes that a test forks are not files: their `execArgv` is empty.
import { afterEach, beforeEach } from 'node:test';

/** Also of a suite's preparations, between two tests. */
const PATIENCE_MS = 180_000;

let running = 0;
let patience = waiting();

function waiting(): NodeJS.Timeout {
  return setTimeout(() => {
    console.error(
      `HUNG: no test is running, and the process lives on: ${process.getActiveResourcesInfo().join(', ')}`,
    );
    process.exit(1);
  }, PATIENCE_MS).unref();
}

beforeEach(() => {
  running += 1;
  clearTimeout(patience);
});

afterEach(() => {
  running -= 1;
  clearTimeout(patience);
  if (running === 0) patience = waiting();
});
