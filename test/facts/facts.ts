// Owns reading the facts: what other billing systems state about the same arithmetic, one file per source.
// Each feature's runner says which shape it understands; anything else in a fact is a failure, never ignored.
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export const SOURCES = ['engine', 'flexprice', 'killbill', 'lago', 'openmeter'] as const;

export type Source = (typeof SOURCES)[number];

/** Throws when our arithmetic disagrees with the fact, or when the fact has another shape than the runner knows. */
export type Runner = (fact: unknown) => void | Promise<void>;

/** By feature, as the source's file names it. */
export type Runners = Readonly<Record<string, Runner>>;

export type Fact = {
  readonly id: string;
  readonly feature: string;
  readonly stated: Record<string, unknown>;
  /** Whether its source's file says that any correct engine should agree. */
  readonly isGeneral: boolean;
};

const FILE = z.object({
  source: z.union([z.url(), z.array(z.url())]),
  licence: z.union([z.string(), z.array(z.string())]),
  notice: z.string(),
  facts: z.array(z.record(z.string(), z.unknown())),
});

/** What a fact says about itself and not about arithmetic. */
const ABOUT = [
  'id',
  'source',
  'source_file',
  'source_test',
  'source_line',
  'feature',
  'kind',
  'area',
  'level',
];
const REMARKS = ['portability', 'note', 'sourceBehaviour'];

/** Where the facts of a source come from. */
export function originsOf(source: Source): readonly string[] {
  return [FILE.parse(JSON.parse(textOf(source))).source].flat();
}

/** The facts of one source; throws when its file does not say where they come from. */
export function factsOf(source: Source): Fact[] {
  return FILE.parse(JSON.parse(textOf(source))).facts.map((fact) => ({
    id: z.string().parse(fact['id']),
    feature: z.string().parse(fact['kind'] ?? fact['area'] ?? fact['feature']),
    isGeneral: fact['portability'] === 'general',
    stated: Object.fromEntries(
      Object.entries(fact).filter(([name]) => !ABOUT.includes(name) && !REMARKS.includes(name)),
    ),
  }));
}

/** A runner for facts of one strict shape. */
export function runner<S extends z.ZodType>(
  shape: S,
  run: (fact: z.output<S>) => void | Promise<void>,
): Runner {
  return (fact) => run(shape.parse(fact));
}

/** For facts of one feature in several shapes: the one runner whose shape fits is the one that counts. */
export function oneOf(runners: readonly Runner[]): Runner {
  return async (fact) => {
    const problems: unknown[] = [];
    for (const run of runners) {
      try {
        return await run(fact);
      } catch (error) {
        if (!(error instanceof z.ZodError)) throw error;
        problems.push(error.issues);
      }
    }
    throw new Error(`no runner understands this fact: ${JSON.stringify(problems)}`);
  };
}

/** A fact in the form most sources share. */
export function stated<I extends z.ZodRawShape, E extends z.ZodRawShape>(inputs: I, expected: E) {
  return z.strictObject({ inputs: z.strictObject(inputs), expected: z.strictObject(expected) });
}

function textOf(source: Source): string {
  return readFileSync(new URL(`${source}.json`, import.meta.url), 'utf8');
}
