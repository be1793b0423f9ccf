// Owns how long a claim on work outside a turn lasts: a few seconds, said again while the work goes on. So what a killed
// process had claimed is free soon, and slow work keeps its claim. Refuses to know what was claimed.
import { instantText, wallTime } from '#actors/calendar/time.ts';
import type { Clock } from './clock.ts';

/** Whoever is silent this long is taken for dead. The first part of the 15 s in which a killed process's work goes on. */
export const CLAIM_MS = 6_000;
/** Three renewals may fail before a living one's claim ends; one, where two clocks differ by as much as a start allows. */
export const RENEW_MS = 1_500;

/** System times of a claim that begins now. */
export function claimFromNow(clock: Clock): { readonly now: string; readonly leaseUntil: string } {
  const now = clock.wall();
  return { now: instantText(now), leaseUntil: instantText(wallTime(now.add({ milliseconds: CLAIM_MS }))) };
}

/**
 * Does `work` and meanwhile calls `renew` every few seconds with the new end of the claim. A renewal that fails is left to
 * the next: should the claim end, the epoch keeps the late one from recording.
 */
export async function holding<T>(
  clock: Clock,
  renew: (leaseUntil: string) => Promise<unknown>,
  work: () => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const keepOn = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(RENEW_MS, ended.signal);
      if (ended.signal.aborted) return;
      await renew(claimFromNow(clock).leaseUntil).catch(() => undefined);
    }
  };
  void keepOn();
  try {
    return await work();
  } finally {
    ended.abort();
  }
}
