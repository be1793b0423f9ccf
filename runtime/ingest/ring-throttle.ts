// Owns ringing the drain often enough and not more: at once after a rest, then at most every few milliseconds.
import type { Clock } from '#runtime/clock.ts';
import type { Bell } from '#runtime/queues/bell.ts';

const REST_MS = 10;

/** `nudge` never waits and never throws; the last nudge is always followed by a ring. */
export function createRingThrottle({ bell, clock }: { bell: Bell; clock: Clock }): { nudge(): void } {
  let ringing = false;
  let again = false;

  const ring = async (): Promise<void> => {
    ringing = true;
    do {
      again = false;
      await bell.ring([{ queue: 'ingest', tenant: '*', key: '0' }]);
      await clock.sleep(REST_MS);
    } while (again);
    ringing = false;
  };

  return {
    nudge() {
      if (ringing) again = true;
      else void ring();
    },
  };
}
