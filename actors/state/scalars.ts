// Owns the scalars that rows are made of.

/** A point in the customer's time unless a comment says system time. */
export type Instant = Temporal.Instant;

/** Minor units of the row's currency. */
export type Minor = bigint;

/** Plain decimal text, any precision. */
export type DecimalText = string;
