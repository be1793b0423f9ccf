// Owns one batch of claimed deliveries on its way: a few at a time, recorded as they end, the rest given back.
// Refuses to know how a batch is claimed and what a record looks like in the database.

/** How the deliveries of a batch are made; `T` is a claimed delivery, `R` what came of it. */
export type BatchSteps<T, R> = {
  /** At most this many at a time. */
  readonly concurrency: number;
  /** Undefined: it was given up, and nothing is known of it. */
  send(delivery: T): Promise<R | undefined>;
  /** Records what has ended since the last record; the answer says whether more may be started. */
  record(ended: readonly { readonly delivery: T; readonly result: R }[]): Promise<{ readonly stop: boolean }>;
  /** Such a result may mean that no more is to be started, so nothing is until it is recorded. */
  raisesDoubt(result: R): boolean;
  /** No more are started once this is false. */
  mayStart(): boolean;
};

/** Sends until all are sent or sending must stop. Returns those that were not sent. A failed record rejects at the end. */
export async function runBatch<T, R>(deliveries: readonly T[], steps: BatchSteps<T, R>): Promise<T[]> {
  const waiting = [...deliveries];
  const givenUp: T[] = [];
  let ended: { delivery: T; result: R }[] = [];
  let stopped = false;
  let recording: Promise<void> | undefined;
  let verdict: Promise<void> | undefined;

  // One record at a time: what ends meanwhile goes into the next, so fast endpoints share a transaction.
  const recordAll = async (): Promise<void> => {
    while (ended.length > 0) {
      const group = ended;
      ended = [];
      const { stop } = await steps.record(group);
      stopped ||= stop;
    }
    recording = undefined;
  };

  const startRecording = (): Promise<void> => {
    recording ??= recordAll();
    // The failure is met by whoever awaits the recording; until then no more is started.
    return recording.catch(() => {
      stopped = true;
    });
  };

  const slot = async (): Promise<void> => {
    for (;;) {
      await verdict;
      if (stopped || !steps.mayStart()) return;
      const delivery = waiting.shift();
      if (delivery === undefined) return;
      const result = await steps.send(delivery);
      if (result === undefined) {
        givenUp.push(delivery);
        continue;
      }
      ended.push({ delivery, result });
      const recorded = startRecording();
      if (steps.raisesDoubt(result)) verdict = recorded;
    }
  };

  await Promise.all(Array.from({ length: steps.concurrency }, slot));
  await recording;
  return [...givenUp, ...waiting];
}
