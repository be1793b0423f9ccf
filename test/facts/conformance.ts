// Owns the page of the docs that says how many facts of other systems agree: written from what the facts test tries.
import { DIFFERENCES, type Difference } from './differences.ts';
import { type Fact, factsOf, originsOf, SOURCES, type Source } from './facts.ts';
import { reasonNot } from './not-applicable.ts';

/** Relative to the project. */
export const CONFORMANCE_PAGE = 'docs/conformance.md';

const NAMES: Readonly<Record<Source, string>> = {
  engine: 'Systems that Accrue replaces',
  flexprice: 'Flexprice',
  killbill: 'Kill Bill',
  lago: 'Lago',
  openmeter: 'OpenMeter',
};

const HEAD = `<!-- Written by test/facts/conformance-entry.ts; test/docs/conformance.test.ts fails when it is out of date. -->

# Conformance: what other billing systems state

The public tests and documents of other billing systems state facts: this price and this quantity make this amount. They are kept, as
numbers and dates only, in [test/facts](../test/facts/facts.ts), and \`test/facts/facts.test.ts\` tries each of them on Accrue: prices and
calendars on the pure functions that bill, usage through ingest and Postgres. A fact agrees to the last digit, or differs by a choice that
a decision explains (and the test fails if it no longer differs), or says nothing about what Accrue does, with the reason. No fact is
left out.

Parts of fees, by elapsed time or by months of thirty days, are tried on \`prorateFee\`, a rule that no plan change uses yet: a fee that
was charged in advance is neither given back nor split today.
`;

const NO_DIFFERENCE: Difference = { reason: '', decision: '' };

type Verdict = { readonly facts: readonly Fact[]; readonly agree: readonly Fact[] } & Grouped;

type Grouped = {
  /** Facts by what they differ in, and by why they do not apply. */
  readonly differ: ReadonlyMap<Difference, readonly Fact[]>;
  readonly not: ReadonlyMap<string, readonly Fact[]>;
};

function verdictOf(source: Source): Verdict {
  const facts = factsOf(source);
  const differences = new Map(Object.entries(DIFFERENCES[source] ?? {}));
  const tried = facts.filter((fact) => reasonNot(source, fact) === undefined);
  const left = facts.filter((fact) => !tried.includes(fact));
  const different = tried.filter(({ id }) => differences.has(id));
  return {
    facts,
    agree: tried.filter(({ id }) => !differences.has(id)),
    differ: Map.groupBy(different, ({ id }) => differences.get(id) ?? NO_DIFFERENCE),
    not: Map.groupBy(left, (fact) => reasonNot(source, fact) ?? ''),
  };
}

/** The whole page, as it should stand. */
export function conformancePage(): string {
  const verdicts = SOURCES.map((source) => [source, verdictOf(source)] as const);
  const rows = verdicts.map(([source, verdict]) => row(NAMES[source], verdict));
  const total = row('**all**', {
    facts: verdicts.flatMap(([, { facts }]) => facts),
    agree: verdicts.flatMap(([, { agree }]) => agree),
    differ: new Map(verdicts.flatMap(([, { differ }]) => [...differ])),
    not: new Map(
      verdicts.flatMap(([source, { not }]) => [...not].map(([why, some]) => [source + why, some])),
    ),
  });
  const summary = [
    '| source | facts | agree | differ by choice | do not apply |',
    '|---|---|---|---|---|',
    ...rows,
    total,
  ];
  const sections = verdicts.flatMap(([source, verdict]) => section(source, verdict));
  return `${[HEAD, ...summary, ...sections].join('\n')}\n`;
}

function row(name: string, { facts, agree, differ, not }: Verdict): string {
  return `| ${[name, facts.length, agree.length, sizeOf(differ), sizeOf(not)].join(' | ')} |`;
}

function sizeOf(groups: ReadonlyMap<unknown, readonly Fact[]>): number {
  return [...groups.values()].reduce((sum, facts) => sum + facts.length, 0);
}

function section(source: Source, { facts, agree, differ, not }: Verdict): string[] {
  const origins = originsOf(source).map((url) => `<${url}>`);
  const general = facts.filter(({ isGeneral }) => isGeneral);
  const agreed = agree.filter(({ isGeneral }) => isGeneral);
  const notes = general.length === 0 ? [] : ['', generalText(general.length, agreed.length)];
  return [
    '',
    `## ${NAMES[source]}`,
    '',
    origins.join(' · '),
    ...notes,
    '',
    '| agree | facts |',
    '|---|---|',
    ...[...Map.groupBy(agree, ({ feature }) => feature)].map(
      ([feature, some]) => `| ${feature} | ${some.length} |`,
    ),
    ...table('differ by choice', differ, ({ reason, decision }) => reason + linkTo(decision)),
    ...table('do not apply', not, (reason) => reason),
  ];
}

function generalText(general: number, agreed: number): string {
  return `Of ${general} facts on which any correct engine should agree, ${agreed} do; the others are listed below.`;
}

function table<K>(
  name: string,
  groups: ReadonlyMap<K, readonly Fact[]>,
  textOf: (key: K) => string,
): string[] {
  if (groups.size === 0) return [];
  const line = ([key, facts]: [K, readonly Fact[]]): string =>
    `| ${textOf(key)} | ${facts.length} | ${facts.map(({ id }) => `\`${id}\``).join(' ')} |`;
  return ['', `| ${name} | facts | which |`, '|---|---|---|', ...[...groups].map(line)];
}

function linkTo(decision: string): string {
  return ` ([${decision.slice(0, 4)}](decisions/${decision}))`;
}
