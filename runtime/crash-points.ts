// Owns the names of the places where a process can die half way: every await of the turn and of the six jobs that
// leaves the process. In production a crossing is the call itself; tests and the simulator stop before or after it.

/** In the order of a life: asked, counted, decided, collected, told, swept. A name stands for one place in the code. */
export const CRASH_POINTS = [
  'command.commit',
  'command.ring',
  'ingest.commit',
  'ingest.ring',
  'drain.claim',
  'drain.count',
  'drain.answer',
  'drain.commit',
  'drain.ring',
  'tenant.load',
  'tenant.answer',
  'tenant.commit',
  'tenant.ring',
  'turn.open',
  'turn.load',
  'turn.facts',
  'turn.commit',
  'turn.ring',
  'clock.look',
  'clock.move',
  'clock.commit',
  'clock.ring',
  'collect.claim',
  'collect.call',
  'collect.record',
  'relay.claim',
  'relay.deliveries',
  'relay.mails',
  'relay.delete',
  'relay.commit',
  'relay.ring',
  'mail.claim',
  'mail.send',
  'mail.record',
  'dispatch.claim',
  'dispatch.post',
  'dispatch.record',
  'dispatch.release',
  'dispatch.ring',
  'sweep.commit',
  'sweep.ring',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

/** Takes the step that leaves the process at `point`, and gives what it gives. */
export type Crossing = <T>(point: CrashPoint, step: () => Promise<T>) => Promise<T>;

/** What production does: the step, and nothing else. */
export const straightAcross: Crossing = (_point, step) => step();
