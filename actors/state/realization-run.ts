// Owns the row of one checkpoint of a charge: what it counted, what that is worth and what was booked.
// Times are the customer's.
import type { RunExplanation } from '#actors/state/run-explanation.ts';
import type { DecimalText, Instant, Minor } from '#actors/state/scalars.ts';

export type RealizationRun = {
  id: string;
  chargeId: string;
  number: number;
  kind: 'partial' | 'final' | 'late_usage';
  status: 'open' | 'completed' | 'released';
  periodEnd: Instant;
  cutoffAt: Instant;
  /** Cumulative from the charge's service start. */
  quantity: DecimalText | null;
  eventCount: bigint | null;
  listAmount: Minor | null;
  bookedAmount: Minor | null;
  explanation: RunExplanation | null;
  lineId: string | null;
  disposition: 'line' | 'waived';
  createdAt: Instant;
  completedAt: Instant | null;
};
