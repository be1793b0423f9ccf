// `npm run simulate -- --seeds N [--seed S] [--trace FILE]`: N fresh seeds from S on (default: by the clock), and always the
// seeds that once failed. `--seeds 1 --seed S` replays one; its trace is the same for the same code.
import { createWriteStream, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '#runtime/clock.ts';
import { runSeeds } from './crew.ts';
import { startEngine } from './engine.ts';
import { simulate, type Verdict } from './simulation.ts';

const CORPUS = join(import.meta.dirname, 'corpus.json');
const BAR_CHARS = 30;
/** Without a terminal a line comes this often. */
const LINE_MS = 10_000;
const clock = systemClock();

const { values } = parseArgs({
  options: { seeds: { type: 'string' }, seed: { type: 'string' }, trace: { type: 'string' } },
});
const count = Number(values.seeds ?? 1);
const first = Number(values.seed ?? clock.wall().epochMilliseconds % 1_000_000_000);
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(first)) {
  process.stderr.write('usage: npm run simulate -- --seeds N [--seed S] [--trace FILE]\n');
  process.exit(2);
}
process.exit((await (count === 1 ? replay(first, values.trace) : runMany(first, count))) ? 0 : 1);

async function replay(seed: number, file: string | undefined): Promise<boolean> {
  const trace = file === undefined ? undefined : createWriteStream(file);
  const verdict = await simulate(
    await startEngine(),
    seed,
    trace === undefined ? {} : { write: (line) => void trace.write(line) },
  );
  await new Promise<void>((resolve) => (trace === undefined ? resolve() : trace.end(resolve)));
  report(verdict);
  process.stdout.write(
    `seed ${seed}: ${verdict.wrong.length === 0 ? 'nothing wrong' : 'FAILED'}, trace ${verdict.hash}, ` +
      `${verdict.events} events, ${verdict.requests} database requests, ${JSON.stringify(verdict.misfortunes)}\n`,
  );
  return verdict.wrong.length === 0;
}

async function runMany(from: number, seeds: number): Promise<boolean> {
  const corpus = (JSON.parse(readFileSync(CORPUS, 'utf8')) as { seeds: { seed: number }[] }).seeds;
  const all = [...corpus.map(({ seed }) => seed), ...Array.from({ length: seeds }, (_, at) => from + at)];
  const startedMs = clock.monotonicMs();
  const failed: number[] = [];
  let done = 0;
  const progress = createProgress(all.length, startedMs);
  const processes = Math.max(1, availableParallelism());
  const tell = (verdict: Verdict): void => {
    done += 1;
    if (verdict.wrong.length > 0) {
      failed.push(verdict.seed);
      report(verdict);
    }
    progress(done, failed.length);
  };
  await runSeeds({ seeds: all, processes, tell });
  const seconds = (clock.monotonicMs() - startedMs) / 1_000;
  if (process.stdout.isTTY) process.stdout.write('\n');
  process.stdout.write(
    `${all.length} seeds (${corpus.length} of the corpus, ${seeds} from ${from}) in ${seconds.toFixed(1)} s, ` +
      `${(all.length / seconds).toFixed(2)} seeds/s, ${failed.length} failed\n`,
  );
  return failed.length === 0;
}

function report(verdict: Verdict): void {
  if (verdict.wrong.length === 0) return;
  const lines = [`\nseed ${verdict.seed} FAILED:`, ...verdict.wrong.map((what) => `  ${what}`)];
  process.stdout.write(
    `${lines.join('\n')}\n  replay: npm run simulate -- --seeds 1 --seed ${verdict.seed} --trace trace.txt\n`,
  );
}

/** A bar with the time that is left, on a terminal; elsewhere a line now and then. */
function createProgress(all: number, startedMs: number): (done: number, failed: number) => void {
  let lineMs = startedMs;
  return (done, failed) => {
    const nowMs = clock.monotonicMs();
    const left = duration(((nowMs - startedMs) / done) * (all - done));
    const text = `${done}/${all} seeds, ${failed} failed, ${left} left`;
    if (process.stdout.isTTY) {
      const full = Math.round((done / all) * BAR_CHARS);
      process.stdout.write(`\r[${'#'.repeat(full)}${'.'.repeat(BAR_CHARS - full)}] ${text}   `);
    } else if (nowMs - lineMs >= LINE_MS) {
      lineMs = nowMs;
      process.stdout.write(`${text}\n`);
    }
  };
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
