// Owns the table of who may import whom. The longest matching folder decides; what is not listed is forbidden.
import { importsOf, type SourceFile } from './source-tree.ts';

type Rule = {
  /** Folders (`db/`) and files (`db/scope.ts`) of the project. */
  readonly project: readonly string[];
  readonly notProject?: readonly string[];
  /** Packages; `*` is any. `node:` stands for all of node's own. */
  readonly packages: readonly string[];
};

const ANY = ['*'];
const PROCESS = ['node:', 'zod', '@opentelemetry/api'];

const IMPORT_TABLE: Readonly<Record<string, Rule>> = {
  'actors/': { project: ['actors/'], packages: ['robot3'] },
  'actors/money/decimal.ts': { project: ['actors/money/'], packages: ['decimal.js'] },
  'db/': { project: ['actors/', 'db/'], notProject: ['actors/decisions/'], packages: ['postgres', 'node:'] },
  'runtime/': {
    project: ['actors/', 'db/', 'runtime/'],
    packages: [
      ...PROCESS,
      '@opentelemetry/',
      'bullmq',
      'bullmq-otel',
      'cron-parser',
      'ioredis',
      'node-pg-migrate',
      'pg',
    ],
  },
  'notifications/': {
    project: ['actors/', 'db/', 'runtime/', 'notifications/'],
    notProject: ['actors/decisions/'],
    packages: [...PROCESS, 'ipaddr.js', 'nodemailer', 'undici'],
  },
  'jobs/': {
    project: ['actors/', 'db/', 'runtime/', 'notifications/', 'jobs/'],
    notProject: ['actors/decisions/', 'db/views/'],
    packages: [...PROCESS, 'bullmq', 'undici'],
  },
  'http/': {
    project: ['http/', 'runtime/', 'db/views/', 'db/scope.ts', 'actors/'],
    notProject: ['actors/decisions/'],
    packages: [...PROCESS, '@hono/', 'hono', 'swagger-ui-dist'],
  },
  'examples/': { project: ANY, packages: ANY },
  'bench/': { project: ANY, packages: ANY },
  'test/': { project: ANY, packages: ANY },
};

/** These compose, so they may import everything but tests. */
const COMPOSES = /^index\.ts$|(^|\/)[a-z-]*-?entry\.ts$/;
const NEVER_IMPORTED = ['test/', 'bench/', 'examples/'];
const ROOTS = [
  'actors/',
  'db/',
  'runtime/',
  'notifications/',
  'jobs/',
  'http/',
  'test/',
  'bench/',
  'examples/',
];

/** `from → to` for each import the table forbids, and how many imports were looked at. */
export function checkImports(files: readonly SourceFile[]): { checked: number; violations: string[] } {
  const all = files.flatMap((file) => importsOf(file).map((to) => ({ from: file.path, to })));
  const violations = all
    .filter(({ from, to }) => !isAllowed(from, to))
    .map(({ from, to }) => `${from} → ${to}`);
  return { checked: all.length, violations };
}

function isAllowed(from: string, to: string): boolean {
  const isProject = to.endsWith('.ts') || to.endsWith('.json') || ROOTS.some((root) => to.startsWith(root));
  if (isProject && !isOutside(from) && NEVER_IMPORTED.some((folder) => to.startsWith(folder))) return false;
  if (COMPOSES.test(from)) return true;
  const rule = ruleFor(from);
  if (rule === undefined) return false;
  if (!isProject) return rule.packages.some((name) => name === '*' || to === name || isWithin(to, name));
  if (rule.notProject?.some((name) => to.startsWith(name))) return false;
  return rule.project.some((name) => name === '*' || to.startsWith(name));
}

function isOutside(from: string): boolean {
  return NEVER_IMPORTED.some((folder) => from.startsWith(folder));
}

function isWithin(to: string, name: string): boolean {
  return to.startsWith(/[:/]$/.test(name) ? name : `${name}/`);
}

function ruleFor(path: string): Rule | undefined {
  const prefixes = Object.keys(IMPORT_TABLE).filter((prefix) => path.startsWith(prefix));
  const longest = prefixes.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? undefined : IMPORT_TABLE[longest];
}
