// Owns the one statement that saves what customers' turns decided: state, ledger, billing events and outbox together.
import {
  type Write,
  type WriteContext,
  writeAgreedPrices,
  writeCustomers,
  writeItems,
  writeItemVersions,
  writePaymentMethods,
  writeSubscriptions,
} from './agreement-writes.ts';
import { takeNumbers, writeCharges, writeInvoices, writeLines, writeRuns } from './billing-writes.ts';
import { deleteStale, writeAnswers, writeEvents, writeOutbox } from './event-writes.ts';
import {
  writeAllocations,
  writeAttempts,
  writeJournals,
  writePayments,
  writePostings,
} from './money-writes.ts';
import type { SavedTable, TurnRows } from './turn-rows.ts';

type Writer = (context: WriteContext, rows: string, hasNumbers: boolean) => Write;

const WRITERS: readonly (readonly [SavedTable, Writer])[] = [
  ['customers', writeCustomers],
  ['paymentMethods', writePaymentMethods],
  ['subscriptions', writeSubscriptions],
  ['agreedPrices', writeAgreedPrices],
  ['items', writeItems],
  ['itemVersions', writeItemVersions],
  ['charges', writeCharges],
  ['runs', writeRuns],
  ['invoices', writeInvoices],
  ['lines', writeLines],
  ['attempts', writeAttempts],
  ['payments', writePayments],
  ['allocations', writeAllocations],
  ['journals', writeJournals],
  ['postings', writePostings],
  ['answers', writeAnswers],
  ['stale', deleteStale],
];

/** Saves rendered turns of one tenant in one statement. All or nothing: constraints are checked at its end. */
export async function saveTurn(context: WriteContext, rows: TurnRows): Promise<void> {
  const { sql } = context;
  const series = rows.get('series');
  const parts: Write[] = [];
  if (series !== undefined) {
    parts.push(sql`taken as (${takeNumbers(context, series)})`);
    parts.push(sql`
      numbers as (select t.*, r.count as taken from taken t
        join json_to_recordset(${series}::text::json) as r(entity text, year integer, count bigint)
          on r.entity = t.legal_entity_id and r.year = t.fiscal_year)`);
  }
  for (const [table, write] of WRITERS) {
    const text = rows.get(table);
    if (text !== undefined)
      parts.push(sql`${sql(`w_${table.toLowerCase()}`)} as (${write(context, text, series !== undefined)})`);
  }
  const events = rows.get('events');
  if (events !== undefined) {
    parts.push(sql`added_events as (${writeEvents(context, events, series !== undefined)})`);
    parts.push(sql`added_outbox as (${writeOutbox(context)})`);
  }
  if (parts.length === 0) return;
  await sql`with ${parts.reduce((all, part) => sql`${all}, ${part}`)} select 1`;
}
