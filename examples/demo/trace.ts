// Owns the real usage of the demo: the rows of the trace, and the rule that spreads them over customers.
// Imports nothing of the engine, so that what is checked against it is checked from outside.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join(import.meta.dirname, '../data/AzureLLMInferenceTrace_code.csv');

export const CUSTOMERS = 25;
/** 25³ slots: see {@link customerOf}. */
const SLOTS = CUSTOMERS ** 3;
/** Has no factor in common with the slots, so the rows visit them evenly. */
const STRIDE = 6_421;

export type TraceRow = {
  /** From 0, in the order of the file. */
  readonly index: number;
  /** RFC 3339, as exact as the file. */
  readonly time: string;
  readonly inputTokens: string;
  readonly outputTokens: string;
};

/** All rows of the file, in its order. Throws on a line that is not a row. */
export function readTrace(): TraceRow[] {
  const [header, ...lines] = readFileSync(FILE, 'utf8').trimEnd().split(/\r?\n/);
  if (header !== 'TIMESTAMP,ContextTokens,GeneratedTokens') throw new Error(`not the trace: ${header}`);
  return lines.map((line, index) => {
    const [, date, time, inputTokens = '', outputTokens = ''] =
      /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{7}),(\d+),(\d+)$/.exec(line) ?? [];
    if (date === undefined) throw new Error(`line ${index + 2} is not a row: ${line}`);
    return { index, time: `${date}T${time}Z`, inputTokens, outputTokens };
  });
}

/**
 * Whose row it is, from 1 to 25. Row i falls in slot 6,421 × i mod 15,625, and customer k owns the slots from (k − 1)³ up to k³:
 * a few large customers and a long tail of small ones, as sellers know it.
 */
export function customerOf(row: TraceRow): number {
  const slot = (row.index * STRIDE) % SLOTS;
  let customer = 1;
  while (customer ** 3 <= slot) customer += 1;
  return customer;
}

/** Rows 4,000 to 4,199 reach the seller's systems late: after their period was billed. */
export function isLate(row: TraceRow): boolean {
  return row.index >= 4_000 && row.index < 4_200;
}
