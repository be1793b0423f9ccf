// Owns the only way a robot3 machine moves: from a stored status, by one event, to a new status or a named refusal.
// robot3 ignores unknown events in silence and reruns state-level effects on rehydration, so machines here use only
// state, transition and guard, and this wrapper looks before it sends.
import { createMachine, interpret, type MachineState } from 'robot3';

/** What guards may look at: facts that are true or not, and nothing else, so that equal facts always move alike. */
export type GuardFacts = Readonly<Record<string, boolean>> | undefined;

export type Machine<Status extends string, Event extends string, Context> = {
  readonly name: string;
  readonly initial: Status;
  readonly states: Readonly<Record<Status, MachineState<string>>>;
  /** Carries the types of events and context; never set. */
  readonly types?: { event: Event; context: Context };
};

export type StepResult<Status extends string> =
  | { moved: true; status: Status }
  | { moved: false; reason: 'unknown_event' | 'guard_refused' };

type Known = { readonly facts: GuardFacts; readonly result: StepResult<string> };

/** Results by machine, status and event: rehydrating a machine costs more than most decisions. */
const known = new WeakMap<object, Map<string, Map<string, Known[]>>>();

/** Moves `status` by `event`. A status that the machine does not have is a bug and throws. */
export function step<Status extends string, Event extends string, Context extends GuardFacts>(
  machine: Machine<Status, Event, Context>,
  move: { status: Status; event: Event },
  context: Context,
): StepResult<Status> {
  const moves = knownMoves(machine, move);
  const before = moves.find(({ facts }) => isSame(facts, context));
  if (before !== undefined) return before.result as StepResult<Status>;
  const result = firstStep(machine, move, context);
  moves.push({ facts: context, result });
  return result;
}

function knownMoves(machine: object, { status, event }: { status: string; event: string }): Known[] {
  let statuses = known.get(machine);
  if (statuses === undefined) known.set(machine, (statuses = new Map()));
  let events = statuses.get(status);
  if (events === undefined) statuses.set(status, (events = new Map()));
  let moves = events.get(event);
  if (moves === undefined) events.set(event, (moves = []));
  return moves;
}

function isSame(facts: GuardFacts, others: GuardFacts): boolean {
  for (const name in others) if (facts?.[name] !== others[name]) return false;
  return true;
}

function firstStep<Status extends string, Event extends string, Context>(
  machine: Machine<Status, Event, Context>,
  { status, event }: { status: Status; event: Event },
  context: Context,
): StepResult<Status> {
  const state: MachineState<string> | undefined = machine.states[status];
  if (state === undefined) throw new Error(`${machine.name} has no status ${status}`);
  if (!state.transitions.has(event)) return { moved: false, reason: 'unknown_event' };
  const states: Record<string, MachineState<string>> = machine.states;
  const rehydrated = createMachine<typeof states, object, string>(status, states, () => context as object);
  const service = interpret(rehydrated, () => undefined);
  const before = service.machine;
  service.send({ type: event });
  if (service.machine === before) return { moved: false, reason: 'guard_refused' };
  return { moved: true, status: service.machine.current as Status };
}

/** As {@link step}, for a transition that must be possible: a refusal is a bug and throws. */
export function mustStep<Status extends string, Event extends string, Context extends GuardFacts>(
  machine: Machine<Status, Event, Context>,
  from: { status: Status; event: Event },
  context: Context,
): Status {
  const result = step(machine, from, context);
  if (!result.moved) throw new Error(`${machine.name}: ${from.event} in ${from.status}: ${result.reason}`);
  return result.status;
}
