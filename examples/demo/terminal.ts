// Owns how the demo tells its story: one line a step, with a bar that moves on a terminal and plain text everywhere else.
import { performance } from 'node:perf_hooks';
import type { WriteStream } from 'node:tty';

/** Together with the time a line has 80 columns. */
const VERB_WIDTH = 11;
const TEXT_WIDTH = 59;
const BAR_WIDTH = 24;

export type Step = {
  /** How far it is, from 0 to `total`. Only a terminal shows it. */
  progress(done: number, total: number, unit: string): void;
  /** Where it stands, in words. Only a terminal shows it. */
  note(text: string): void;
  /** Ends the step with what came of it. */
  done(text: string): void;
};

export type Terminal = {
  say(line?: string): void;
  /** Ends as a line: what was done, what came of it, and how long it took. */
  step(verb: string): Step;
  table(rows: readonly (readonly [string, string])[]): void;
  fail(line: string): void;
};

/** Escape codes only where somebody looks at a terminal and did not refuse them. */
export function createTerminal(out: WriteStream, env: NodeJS.ProcessEnv): Terminal {
  const isLive = out.isTTY && env['TERM'] !== 'dumb' && !env['CI'];
  const isColored = isLive && !env['NO_COLOR'];
  const paint = (code: number, text: string): string =>
    isColored ? `\u001b[${code}m${text}\u001b[0m` : text;
  const write = (line: string): void => void out.write(`${isLive ? '\r\u001b[K' : ''}${line}\n`);
  const draw = (line: string): void =>
    void (isLive && out.write(`\r\u001b[K${line.slice(0, (out.columns ?? 80) - 1)}`));

  return {
    say: (line = '') => write(line),
    step: (verb) => {
      const startedMs = performance.now();
      const label = verb.padEnd(VERB_WIDTH);
      draw(`  ${label} …`);
      return {
        progress: (done, total, unit) => {
          const filled = Math.round((BAR_WIDTH * done) / Math.max(total, 1));
          const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
          draw(`  ${label} ${bar} ${count(done)} of ${count(total)} ${unit}`);
        },
        note: (text) => draw(`  ${label} ${text}`),
        done: (text) => {
          const took = `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
          write(`  ${paint(32, label)} ${text.padEnd(TEXT_WIDTH)} ${paint(2, took.padStart(6))}`);
        },
      };
    },
    table: (rows) => {
      const wide = Math.max(...rows.map(([name]) => name.length));
      const values = Math.max(...rows.map(([, value]) => value.length));
      const rule = `  ${'-'.repeat(wide + values + 3)}`;
      write(rule);
      for (const [name, value] of rows) write(`  ${name.padEnd(wide)}   ${paint(1, value.padStart(values))}`);
      write(rule);
    },
    fail: (line) => write(paint(31, line)),
  };
}

/** 8819 → 8,819. */
export function count(value: number | bigint): string {
  return value.toLocaleString('en-US');
}

/** 151200n → 1,512.00. */
export function dollars(cents: bigint): string {
  const sign = cents < 0n ? '-' : '';
  const whole = cents < 0n ? -cents : cents;
  return `${sign}${count(whole / 100n)}.${String(whole % 100n).padStart(2, '0')}`;
}
