// Owns the moments at which work of each kind came to its end, and how long after a blow each kind went on.

/** Answered as counted; answered as decided; taken by a gateway, told and heard of; told and heard of. */
export const KINDS_OF_WORK = ['usage', 'command', 'payment', 'webhook'] as const;
export type KindOfWork = (typeof KINDS_OF_WORK)[number];

export type Flow = {
  /** One more piece of work is done. */
  done(kind: KindOfWork): void;
  count(kind: KindOfWork): number;
  /** Milliseconds from `atMs` until each kind of work was done again; infinite while it was not. */
  resumedAfter(atMs: number): Readonly<Record<KindOfWork, number>>;
};

export function createFlow(): Flow {
  const moments: Record<KindOfWork, number[]> = { usage: [], command: [], payment: [], webhook: [] };
  return {
    done: (kind) => void moments[kind].push(performance.now()),
    count: (kind) => moments[kind].length,
    resumedAfter: (atMs) => {
      const after = (kind: KindOfWork): number => (moments[kind].find((ms) => ms > atMs) ?? Infinity) - atMs;
      return {
        usage: after('usage'),
        command: after('command'),
        payment: after('payment'),
        webhook: after('webhook'),
      };
    },
  };
}
