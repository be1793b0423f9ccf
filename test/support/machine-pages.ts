// Owns reading robot3 machines as tables, and the page of the docs that shows them. Knows no machine by name.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transition } from 'robot3';
import type { Machine } from '#actors/machines/step.ts';

const FOLDER = join(import.meta.dirname, '../../actors/machines');

export type Move = { readonly event: string; readonly to: string; readonly guarded: boolean };

export type MachineTable = {
  readonly name: string;
  readonly file: string;
  /** The file's text. */
  readonly source: string;
  readonly initial: string;
  /** In the order of the source. */
  readonly moves: ReadonlyMap<string, readonly Move[]>;
  /** What a state has that a machine here may not use: it would run again when a row is loaded (step.ts). */
  readonly forbidden: readonly string[];
};

type AnyMachine = Machine<string, string, unknown>;
type Transition = { to: string; guards: unknown; reducers: unknown };

const plain = transition('event', 'state') as unknown as Transition;

/** Every machine of actors/machines, by file name. */
export async function allMachines(): Promise<MachineTable[]> {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('-machine.ts'));
  return Promise.all(files.sort().map(readMachine));
}

async function readMachine(file: string): Promise<MachineTable> {
  const exported = Object.values((await import(join(FOLDER, file))) as Record<string, unknown>);
  const machines = exported.filter((value): value is AnyMachine => Object.hasOwn(value as object, 'states'));
  const [machine] = machines;
  if (machine === undefined || machines.length > 1)
    throw new Error(`${file} has ${machines.length} machines`);
  const states = Object.entries(machine.states);
  return {
    name: machine.name,
    file,
    source: readFileSync(join(FOLDER, file), 'utf8'),
    initial: machine.initial,
    moves: new Map(states.map(([name, { transitions }]) => [name, movesOf(transitions as never)])),
    forbidden: states.flatMap(([name, state]) =>
      Object.keys(state)
        .filter((key) => key !== 'final' && key !== 'transitions')
        .map((key) => `${name}.${key}`),
    ),
  };
}

function movesOf(transitions: ReadonlyMap<string, readonly Transition[]>): Move[] {
  return [...transitions].flatMap(([event, ways]) =>
    ways.map((way) => {
      if (way.reducers !== plain.reducers) throw new Error(`a transition on ${event} reduces`);
      return { event, to: way.to, guarded: way.guards !== plain.guards };
    }),
  );
}

/** docs/state-machines.md. */
export function machinePage(machines: readonly MachineTable[]): string {
  return `${[HEAD, ...machines.map(section)].join('\n\n')}\n`;
}

const HEAD = `# State machines

Written by \`test/machines.test.ts\` from \`actors/machines/\`; run it with \`ACCRUE_WRITE_DOCS=1\` after a change. A status that a
column allows and no machine has belongs to a feature that is still to come. An event marked *if* has a guard: the file says which.
An event that is not listed for a status is refused, never ignored.`;

function section({ name, file, source, initial, moves }: MachineTable): string {
  const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const about = (/^(\/\/ .*\n)+/.exec(source)?.[0] ?? '')
    .replaceAll(/^\/\/ (?:Owns )?/gm, '')
    .trim()
    .replaceAll('\n', ' ');
  const rows = [...moves].map(
    ([state, ways]) => `| \`${state}\` | ${ways.map(cell).join(', ') || '(an end)'} |`,
  );
  return [
    `## ${title}`,
    `${about.charAt(0).toUpperCase()}${about.slice(1)} Starts as \`${initial}\`. [\`${file}\`](../actors/machines/${file})`,
    ['```mermaid', 'stateDiagram-v2', ...diagram(initial, moves), '```'].join('\n'),
    ['| status | event → status |', '|---|---|', ...rows].join('\n'),
  ].join('\n\n');
}

function cell({ event, to, guarded }: Move): string {
  return `${event}${guarded ? ' *if*' : ''} → \`${to}\``;
}

/** Mermaid's names hold no dots. */
function diagram(initial: string, moves: MachineTable['moves']): string[] {
  const id = (state: string): string => state.replaceAll('.', '_');
  const dotted = [...moves.keys()].filter((state) => state.includes('.'));
  return [
    ...dotted.map((state) => `  state "${state}" as ${id(state)}`),
    `  [*] --> ${id(initial)}`,
    ...[...moves].flatMap(([state, ways]) =>
      ways.length === 0
        ? [`  ${id(state)} --> [*]`]
        : ways.map(
            ({ event, to, guarded }) => `  ${id(state)} --> ${id(to)}: ${event}${guarded ? ' [if]' : ''}`,
          ),
    ),
  ];
}
