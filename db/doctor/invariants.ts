// Owns the list of all invariants, in the order of the catalogue.
import { lastTold, parked, sequences, transitions } from './billing-events.ts';
import { bookings, chargeTimes, lines, runsOfStatus } from './charges.ts';
import { epochs, tries } from './claims.ts';
import { commandAnswers, idempotency } from './commands.ts';
import { customersAtRest, jobsAtRest, wakes } from './due-work.ts';
import { currencies, decimals } from './figures.ts';
import type { Invariant } from './invariant.ts';
import { numbers, oneForBoundary, totals, unchanged } from './invoices.ts';
import { clearing, income, journals, receivable, unapplied } from './ledger.ts';
import { paths, statuses } from './machines.ts';
import { deliveries, handedOn, mails, messages } from './notifications.ts';
import { allocations, attemptCounts, attempts, references as paymentReferences } from './payments.ts';
import { boundaries, chargeIdentity, tiling } from './periods.ts';
import { collected, provider } from './provider.ts';
import { booked, windows } from './rated-usage.ts';
import { rating } from './rating.ts';
import { answers, eventsOnce, facts, identities, rollups } from './usage.ts';
import { references, walls } from './walls.ts';

const CHAPTERS: readonly (readonly Invariant[])[] = [
  [eventsOnce, identities, answers, facts, rollups, windows, booked],
  [tiling, boundaries, chargeIdentity, oneForBoundary],
  [totals, lines, bookings, rating, unchanged, numbers],
  [journals, receivable, income, clearing, unapplied],
  [attempts, paymentReferences, provider, collected, allocations],
  [sequences, transitions, parked, lastTold, handedOn, messages, deliveries, mails],
  [statuses, paths, runsOfStatus, chargeTimes, epochs],
  [wakes, customersAtRest, jobsAtRest, walls, references],
  [commandAnswers, idempotency, attemptCounts, tries, currencies, decimals],
];

export const INVARIANTS: readonly Invariant[] = CHAPTERS.flat();
