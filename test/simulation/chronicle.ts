// Owns the trace of a run: every line into one hash, and the last lines kept for whoever looks for a fault.
import { createHash } from 'node:crypto';

const KEPT = 4_000;

export type Chronicle = {
  note(kind: string, text: string): void;
  hash(): string;
  lines(): number;
  tail(count: number): string[];
};

/** `write`, if given, gets every line. */
export function createChronicle(nowMs: () => number, write?: (line: string) => void): Chronicle {
  const hash = createHash('sha256');
  const kept: string[] = [];
  let count = 0;
  return {
    note: (kind, text) => {
      const line = `${nowMs()} ${kind} ${text}\n`;
      hash.update(line);
      write?.(line);
      count += 1;
      kept.push(line);
      if (kept.length > 2 * KEPT) kept.splice(0, KEPT);
    },
    hash: () => hash.copy().digest('hex').slice(0, 32),
    lines: () => count,
    tail: (lines) => kept.slice(-lines),
  };
}
