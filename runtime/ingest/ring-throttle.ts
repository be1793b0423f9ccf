// Owns ringing the drain often enough and not more: at once after a rest, then at most every few milliseconds.
import type { Clock } from '#runtime/clock.ts';
import type { Crossing } from '#runtime/crash-points.ts';
import type { Bell } from '#runtime/queues/bell.ts';
import type { Ring } from '#runtime/queues/ring.ts';

const REST_MS = 10;
const DRAIN: Ring = { queue: 'ingest', tenant: '*', key: '0' };

type ThrottleDeps = { readonly bell: Bell; readonly clock: Clock; readonly cross: Crossing };

/** `nudge` never waits and never throws; the last nudge is always followed by a ring. */
export function createRingThrottle({ bell, clock, cross }: ThrottleDeps): { nudge(): void } {
  let ringing = false;
  let again = false;

  const ring = async (): Promise<void> => {
    ringing = true;
    do {
      again = false;
      await cross('ingest.ring', () => bell.ring([DRAIN]));
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
