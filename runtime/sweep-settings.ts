// Owns the pace and the limits of the sweep (protocols H2).

export type SweepSettings = {
  /** Milliseconds between two sweeps, ± a fifth, so that processes do not march in step. */
  readonly everyMs: number;
  /** Work that was rung is left alone this long while few jobs wait: its ring was heard by now, or is lost. */
  readonly againAfterMs: number;
  /** The same while more wait: its ring is probably among them. */
  readonly againBehindManyMs: number;
  /** Jobs waiting in a queue that are worked off well within `againAfterMs`. */
  readonly fewJobs: number;
  /** Rings of one sweep merge with those of others within this; what a dead worker holds hides no ring for longer. */
  readonly windowMs: number;
  /** Work younger than this was rung by whoever made it. */
  readonly settleMs: number;
  /** Things of one kind rung in one sweep, the oldest first. */
  readonly max: number;
  /** No more is rung while this many jobs wait in a queue. */
  readonly waitingMax: number;
};

export const SWEEP: SweepSettings = {
  everyMs: 1_000,
  againAfterMs: 5_000,
  againBehindManyMs: 30_000,
  fewJobs: 100,
  windowMs: 2_000,
  settleMs: 1_000,
  max: 1_000,
  waitingMax: 5_000,
};
