// `npm run chaos [-- --kills N] [--backend postgres|redis] [--seed S]`: real processes under load are killed (N of them on
// each queue backend), paused, stopped and cut off from their servers; then the doctor looks, and everything is counted.
// Ends with 0 when nothing was lost or doubled and work went on within 15 s of every blow.
import { parseArgs } from 'node:util';
import { systemClock } from '#runtime/clock.ts';
import type { Backend } from '#test/support/story-world.ts';
import { count, createTerminal } from '../../examples/demo/terminal.ts';
import { type ChaosReport, runChaos } from './chaos.ts';

const KILLS = 110;
const RESUME_MS_MAX = 15_000;
const BACKENDS: readonly Backend[] = ['postgres', 'redis'];
const PACE = { processMs: { from: 2_000, to: 5_000 }, serverMs: { from: 5_000, to: 10_000 } };
const SHOWN = 20;

const { values } = parseArgs({
  options: { kills: { type: 'string' }, backend: { type: 'string' }, seed: { type: 'string' } },
});
const kills = Number(values.kills ?? KILLS);
const seed = Number(values.seed ?? systemClock().wall().epochMilliseconds % 1_000_000_000);
const backends = BACKENDS.filter((one) => values.backend === undefined || values.backend === one);
if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed) || backends.length === 0) {
  process.stderr.write('usage: npm run chaos -- [--kills N] [--backend postgres|redis] [--seed S]\n');
  process.exit(2);
}

const terminal = createTerminal(process.stdout, process.env);
terminal.say(`chaos: 2 webs, 3 workers, ${kills} kills on each backend, seed ${seed}`);
let fine = true;
for (const backend of backends) fine = (await onBackend(backend)) && fine;
process.exitCode = fine ? 0 : 1;

async function onBackend(backend: Backend): Promise<boolean> {
  const step = terminal.step(backend);
  let tenth = 0;
  const report = await runChaos({
    backend,
    seed,
    pace: { ...PACE, kills },
    buyers: 4,
    sandboxes: 2,
    hurries: false,
    told: ({ kills: done, text }) => {
      step.progress(Math.min(done, kills), kills, `kills, now: ${text}`);
      // Whoever reads a file sees ten lines.
      if (!process.stdout.isTTY && Math.floor((10 * done) / kills) > tenth) {
        tenth = Math.floor((10 * done) / kills);
        terminal.say(`  ${backend}: ${done} of ${kills} kills`);
      }
    },
  });
  const wrongs = [...report.wrongs, ...tooLate(report)];
  step.done(
    wrongs.length === 0 ? `${report.kills} kills, nothing lost or doubled` : `${wrongs.length} problems`,
  );
  terminal.table(figuresOf(report));
  for (const wrong of wrongs.slice(0, SHOWN)) terminal.fail(`  ${wrong}`);
  return wrongs.length === 0;
}

function tooLate({ resumed }: ChaosReport): string[] {
  return resumed
    .filter(({ ms }) => ms > RESUME_MS_MAX)
    .map(({ kind, by, meanwhile }) => {
      const each = Object.entries(by).map(([what, ms]) => `${what} ${seconds(ms)}`);
      const further = meanwhile.length === 0 ? 'nothing else' : meanwhile.join(', ');
      return `after "${kind}" work went on only after: ${each.join(', ')}; meanwhile: ${further}`;
    });
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function figuresOf(report: ChaosReport): [string, string][] {
  const { resumed, work } = report;
  return [
    ...[...Map.groupBy(resumed, ({ kind }) => kind)].map(([kind, own]): [string, string] => [
      `${kind}, ${own.length} times`,
      `work went on after ${pace(own)}`,
    ]),
    ['all of them', `work went on after ${pace(resumed)}`],
    ['starts that found a server away', String(report.failedStarts)],
    ['slowest start of a process', seconds(report.slowestStartMs)],
    ...Object.entries(work).map(([what, times]): [string, string] => [what, count(times)]),
    ['webhooks that came again', count(report.repeats)],
    ['took', `${report.seconds.toFixed(0)} s`],
  ];
}

/** Of moments sorted from the slowest. */
function pace(resumed: ChaosReport['resumed']): string {
  const middle = resumed[Math.floor(resumed.length / 2)]?.ms ?? 0;
  return `${seconds(middle)} (median), ${seconds(resumed[0]?.ms ?? 0)} (slowest)`;
}
