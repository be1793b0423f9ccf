// Owns the rules of a sandbox's test clocks: where they may exist, and that they only move forward.
import { type BusinessTime, businessTime } from '#actors/calendar/time.ts';
import { type Rejection, reject } from '#actors/rejection.ts';

export type TestClock = {
  readonly id: string;
  readonly status: 'stable' | 'advancing';
  readonly now: BusinessTime;
};

/** Whether this tenant may have a test clock. */
export function decideTestClock(facts: { readonly sandbox: boolean }): { ok: true } | Rejection {
  return facts.sandbox
    ? { ok: true }
    : reject('clock_not_in_sandbox', 'only a sandbox tenant has test clocks');
}

/** The instant the clock is to reach, or why it does not move. `to` is RFC 3339. */
export function decideAdvance(
  request: { readonly clockId: string; readonly to: string },
  clock: TestClock | undefined,
): { ok: true; target: BusinessTime } | Rejection {
  if (clock === undefined) {
    return reject('test_clock_not_found', `there is no test clock ${request.clockId}`, '/clockId');
  }
  if (clock.status === 'advancing') return reject('clock_advancing', 'the clock is on its way already');
  const target = businessTime(request.to);
  if (Temporal.Instant.compare(target, clock.now) <= 0) {
    return reject('clock_moves_forward_only', `the clock stands at ${clock.now.toString()}`, '/to');
  }
  return { ok: true, target };
}
