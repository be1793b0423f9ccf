// Owns the one check of the published package that every older Node must be able to read. Imports nothing.
const WANTED_MAJOR = 26;

/** What to tell whoever runs an older Node; undefined on one that can run this package. */
export const refusal =
  Number.parseInt(process.versions.node, 10) < WANTED_MAJOR
    ? `Accrue needs Node ${WANTED_MAJOR} or newer, this is ${process.version}.`
    : undefined;
