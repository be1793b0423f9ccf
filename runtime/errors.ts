// Owns the three faults that are thrown; each name says what the runtime does with it.
// A refusal is not here: it is a value with a code. Anything else that is thrown is a bug.

/** Try again later: the network, a lock, a database that is away. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
}

/** Never try again: the work itself cannot succeed. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/** Someone else holds a newer lease (a higher epoch). Never acknowledged, never recorded. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}
