// Owns what a turn reads: the locked customers of one tenant and all rows that their decisions can touch, in one flight.
// What is paid, final and sealed is not read, so a turn does not grow with history.
import { readInstant } from '#actors/calendar/instants.ts';
import type { CustomerState, StaleBucket } from '#actors/customer-state.ts';
import { currency } from '#actors/money/currency.ts';
import type { PaymentMethod } from '#actors/state/customer.ts';
import type { PlanNeed } from '#actors/state/facts.ts';
import type { PlanVersion, Price } from '#actors/state/plan.ts';
import type { TenantTerms } from '#actors/state/tenant-terms.ts';
import {
  type RawRow,
  textOrNull,
  toAttempt,
  toCharge,
  toCustomer,
  toInvoice,
  toItemVersion,
  toLine,
  toPrice,
  toRun,
  toSubscription,
  toTerms,
} from './customer-rows.ts';
import { type LoadedTable, type LoadedTables, loadTables } from './customer-tables.ts';
import type { Sql } from './scope.ts';

/** A command as it waits in the queue. */
export type QueuedCommand = {
  id: string;
  customerId: string;
  type: string;
  payload: unknown;
  trace: string | null;
};

export type LoadedCustomer = {
  state: Omit<CustomerState, 'prices' | 'gateways'>;
  /** The test clock's present; null: the customer lives in system time. */
  clockNow: string | null;
  priceIds: readonly string[];
  commands: readonly QueuedCommand[];
};

/**
 * Queues the lock and, behind it without waiting, the load: a statement of its own, so that it sees what the lock waited for.
 * `connection` must be inside a transaction in the tenant's scope (or have BEGIN queued before).
 */
export async function loadCustomers(
  connection: Sql,
  { tenantId, customerIds, wall }: { tenantId: string; customerIds: readonly string[]; wall: string },
): Promise<LoadedCustomer[]> {
  const ids = [...customerIds];
  const [customers, tables] = await Promise.all([
    lockCustomers(connection, ids),
    loadTables(connection, { tenantId, ids, wall }),
  ]);
  const { terms, ...ofCustomers } = tables;
  if (customers.length === 0) return [];
  const tenant = toTerms(only(terms, 'terms of the tenant'));
  const byCustomer = groupByCustomer(ofCustomers);
  return customers.map((row) =>
    assemble(row, tenant, (table) => byCustomer[table].get(String(row['id'])) ?? []),
  );
}

/**
 * `for no key update` excludes every other turn but not the foreign-key checks of ingest and notifications. Waits for the rows
 * itself, because a query is sent when somebody waits for it, and not when it is made: what is read must come behind it.
 * By id alone, the wall between tenants being the database's: with the tenant beside it, servers before 17 walk all of his customers.
 * Columns have names: a prepared statement is refused once it would answer with others, and a deploy adds some while
 * processes of the release before still work.
 */
async function lockCustomers(connection: Sql, ids: string[]): Promise<RawRow[]> {
  return await connection<RawRow[]>`
    select id, external_id, name, currency, zone, clock_id, auto_collect, sequence, due_at, closed_through, parked_at, parked_reason
    from customers where id = any(${ids}::text[]) order by id for no key update`;
}

type CustomerTable = Exclude<LoadedTable, 'terms'>;

function groupByCustomer(tables: Pick<LoadedTables, CustomerTable>): {
  [table in CustomerTable]: Map<string, RawRow[]>;
} {
  const groups = Object.entries(tables).map(([table, rows]) => [
    table,
    Map.groupBy(rows, (row) => String(row['customer_id'])),
  ]);
  return Object.fromEntries(groups) as { [table in CustomerTable]: Map<string, RawRow[]> };
}

/** Nothing may stand for a row that is always there: without its clock a customer would be moved to system time. */
function only(rows: readonly RawRow[], what: string): RawRow {
  const [row] = rows;
  if (row === undefined) throw new Error(`a turn has read no ${what}`);
  return row;
}

function assemble(
  customer: RawRow,
  tenant: TenantTerms,
  rowsOf: (table: CustomerTable) => readonly RawRow[],
): LoadedCustomer {
  const itemVersions = rowsOf('items').map(toItemVersion);
  const charges = rowsOf('charges').map(toCharge);
  const lines = rowsOf('lines').map(toLine);
  const horizon = only(rowsOf('horizon'), 'horizon of a customer');
  const lateCheck = textOrNull(horizon['next_late_check']);
  return {
    clockNow: textOrNull(horizon['clock_now']),
    priceIds: [...itemVersions, ...charges, ...lines].map((row) => row.priceId),
    commands: rowsOf('commands').map(toCommand),
    state: {
      tenant,
      rows: {
        customer: [toCustomer(customer)],
        paymentMethods: rowsOf('methods').map(toMethod),
        subscriptions: rowsOf('subscriptions').map(toSubscription),
        agreedPrices: [],
        items: [],
        itemVersions,
        charges,
        runs: rowsOf('runs').map(toRun),
        invoices: rowsOf('invoices').map(toInvoice),
        lines,
        attempts: rowsOf('attempts').map(toAttempt),
        payments: [],
        allocations: [],
      },
      stale: rowsOf('stale').map(toStale),
      issued: (horizon['issued'] as [string, string][]).map(([groupKey, boundaryAt]) => ({
        groupKey,
        boundaryAt: readInstant(boundaryAt),
      })),
      nextLateCheckAt: lateCheck === null ? null : readInstant(lateCheck),
    },
  };
}

function toCommand(row: RawRow): QueuedCommand {
  return {
    id: String(row['id']),
    customerId: String(row['customer_id']),
    type: String(row['type']),
    payload: row['payload'],
    trace: textOrNull(row['trace']),
  };
}

function toMethod(row: RawRow): PaymentMethod {
  return {
    id: String(row['id']),
    gateway: String(row['gateway']),
    token: String(row['token']),
    brand: textOrNull(row['brand']),
    last4: textOrNull(row['last4']),
    isDefault: row['is_default'] === true,
    createdAt: readInstant(String(row['created_at'])),
  };
}

function toStale(row: RawRow): StaleBucket {
  return { meterId: String(row['meter_id']), bucket: readInstant(String(row['bucket'])) };
}

const priceColumns = (connection: Sql) =>
  connection`id, key, name, cadence, meter_id, model, terms, currency, parent_price_id`;
const versionColumns = (connection: Sql) =>
  connection`v.id, v.plan_id, v.version, v.currency, v.interval, v.interval_count`;

/** Prices by id. They never change once published, so a caller may keep them. */
export async function loadPrices(connection: Sql, ids: readonly string[]): Promise<Price[]> {
  const rows = await connection<RawRow[]>`
    select ${priceColumns(connection)} from prices where id = any(${[...ids]}::text[])`;
  return rows.map(toPrice);
}

/** A published plan version with all its prices, as the need names it. */
export async function loadPlanVersion(
  connection: Sql,
  tenantId: string,
  need: PlanNeed,
): Promise<PlanVersion | null> {
  const [version] = await planVersion(connection, tenantId, need);
  if (version === undefined) return null;
  const prices = await connection<RawRow[]>`
    select ${priceColumns(connection)} from prices where plan_version_id = ${String(version['id'])} and parent_price_id is null order by position`;
  return {
    id: String(version['id']),
    planId: String(version['plan_id']),
    number: Number(version['version']),
    currency: currency(String(version['currency'])),
    interval: version['interval'] as PlanVersion['interval'],
    intervalCount: Number(version['interval_count']),
    prices: prices.map(toPrice),
  };
}

function planVersion(connection: Sql, tenantId: string, { plan, at, newer }: PlanNeed) {
  const inForce = connection`(v.effective_at is null or v.effective_at <= ${at === undefined ? null : String(at)}::timestamptz)`;
  if (newer === true) {
    return connection<RawRow[]>`
      select ${versionColumns(connection)} from plan_versions named
      join plan_versions v on v.plan_id = named.plan_id and v.version >= named.version
      where named.tenant_id = ${tenantId} and named.id = ${plan} and (v.id = named.id or ${inForce})
      order by v.version desc limit 1`;
  }
  return connection<RawRow[]>`
    select ${versionColumns(connection)} from plan_versions v join plans p on p.id = v.plan_id
    where v.tenant_id = ${tenantId} and (v.id = ${plan} or (p.key = ${plan} and ${inForce}))
    order by v.version desc limit 1`;
}
