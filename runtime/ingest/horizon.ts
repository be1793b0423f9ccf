// Owns how far an event's time may lie ahead of the customer's clock.
import { businessTime, instantText } from '#actors/calendar/time.ts';
import type { Clock } from '#runtime/clock.ts';

const AHEAD_HOURS_MAX = 24;

export type Horizon = {
  /** Whether a canonical time lies too far ahead of real time, or of a test clock that shows `clockTime`. */
  isBeyond(time: string, clockTime: string | undefined): boolean;
};

export function createHorizon(clock: Clock): Horizon {
  // What was near enough before is near enough now, so the clock is asked only when a time lies beyond the last answer.
  let known = '';
  return {
    isBeyond(time, clockTime) {
      if (clockTime !== undefined) return time > ahead(businessTime(clockTime));
      if (time <= known) return false;
      known = ahead(clock.wall());
      return time > known;
    },
  };
}

/** The last instant at which usage of a customer may lie: of real time, or of the test clock that shows `clockTime`. */
export function latestTime(now: Temporal.Instant, clockTime: string | undefined): string {
  return ahead(clockTime === undefined ? now : businessTime(clockTime));
}

function ahead(now: Temporal.Instant): string {
  return instantText(now.add({ hours: AHEAD_HOURS_MAX }));
}
