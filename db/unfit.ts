// Owns the fault of a database that this process must not run on: wrong role, wrong schema, wrong time, no room.

/** Stops the start; the message says what is wrong and what to do. */
export class DatabaseUnfit extends Error {
  override readonly name = 'DatabaseUnfit';
}
