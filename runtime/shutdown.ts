// Owns the end of a process: what was started last is closed first, each step bounded, all within the platform's limit.
// Refuses to know what is being closed.
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

/** One step may take this long by default, so that a hanging one leaves time for those after it. */
const STEP_MS_MAX = 10_000;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

type Step = { readonly name: string; readonly close: () => unknown; readonly withinMs: number };

export type Shutdown = {
  /** Aborted when the drain begins: loops look at it and stop taking work. */
  readonly signal: AbortSignal;
  /** Adds a step; steps run in reverse order of registration. */
  register(name: string, close: () => unknown, withinMs?: number): void;
  /** Drains once and answers true if every step ended well and in time; later calls wait for the same drain. */
  drain(reason: string): Promise<boolean>;
  /** Drains on SIGTERM or SIGINT, then exits; a second signal exits at once. */
  listen(): void;
};

/** `timeoutMs` bounds the whole drain; `exit` is process.exit outside tests. */
export function createShutdown(deps: {
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly exit?: (code: number) => void;
}): Shutdown {
  const { timeoutMs, clock, log, exit = (code) => process.exit(code) } = deps;
  const steps: Step[] = [];
  const stopping = new AbortController();
  let drained: Promise<boolean> | undefined;
  let signals = 0;

  const runSteps = async (reason: string): Promise<boolean> => {
    log.info('shutting down', { reason, steps: steps.length });
    stopping.abort(new Error(reason));
    const deadline = clock.monotonicMs() + timeoutMs;
    let clean = true;
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      const leftMs = Math.max(0, deadline - clock.monotonicMs());
      clean = (await runStep(step, Math.min(step.withinMs, leftMs), { clock, log })) && clean;
    }
    log.info('shut down', { clean });
    return clean;
  };

  const drain = (reason: string): Promise<boolean> => {
    drained ??= runSteps(reason);
    return drained;
  };

  const onSignal = (signal: NodeJS.Signals): void => {
    signals += 1;
    if (signals > 1) return exit(signal === 'SIGINT' ? 130 : 143);
    void drain(signal).then((clean) => exit(clean ? 0 : 1));
  };

  return {
    signal: stopping.signal,
    register: (name, close, withinMs = STEP_MS_MAX) => void steps.push({ name, close, withinMs }),
    drain,
    listen: () => {
      for (const signal of SIGNALS) process.on(signal, onSignal);
    },
  };
}

async function runStep(
  step: Step,
  withinMs: number,
  { clock, log }: { clock: Clock; log: Log },
): Promise<boolean> {
  const settled = new AbortController();
  const closing = Promise.resolve()
    .then(step.close)
    .then(() => 'closed' as const)
    .catch((error: unknown) => {
      log.error('shutdown step failed', { step: step.name, error });
      return 'failed' as const;
    })
    .finally(() => settled.abort());
  const outcome = await Promise.race([
    closing,
    clock.sleep(withinMs, settled.signal).then(() => 'late' as const),
  ]);
  // The wait ends together with the step, so a race lost by a tick still counts as the step's own outcome.
  const result = outcome === 'late' && settled.signal.aborted ? await closing : outcome;
  if (result === 'late') log.error('shutdown step timed out', { step: step.name, withinMs });
  return result === 'closed';
}
