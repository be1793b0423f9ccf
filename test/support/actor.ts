// Owns running a customer's actor without a database: decisions are applied to the state in memory, usage is given by hand.
import { businessTime, wallTime } from '#actors/calendar/time.ts';
import type { CustomerState, TableName } from '#actors/customer-state.ts';
import { type Decision, decide } from '#actors/decisions/decide.ts';
import type { BillingEvent } from '#actors/events/billing-event.ts';
import type { Journal } from '#actors/ledger/journal.ts';
import type { Message } from '#actors/message.ts';
import { currency } from '#actors/money/currency.ts';
import type { Outcome } from '#actors/rejection.ts';
import { type Earlier, type Facts, needKey, type Quantity } from '#actors/state/facts.ts';
import type { PlanVersion, Price } from '#actors/state/plan.ts';
import type { UnitRate } from '#actors/state/run-explanation.ts';
import type { TenantTerms } from '#actors/state/tenant-terms.ts';
import { NO_ROWS } from '#actors/workspace/scratch-rows.ts';
import type { Times } from '#actors/workspace.ts';

const USD = currency('USD');

const TERMS: TenantTerms = {
  id: 'ten_1',
  sandbox: true,
  legalEntityId: 'ent_1',
  entityZone: 'UTC',
  numberPrefix: 'INV-',
  collectionIntervalSeconds: 3600,
  invoiceDueDays: 30,
  lateUsageDays: 35,
  lateUsagePolicy: 'next_invoice',
  dunningDays: [3, 5, 7],
};

export type TestActor = {
  state: CustomerState;
  readonly events: BillingEvent[];
  readonly journals: Journal[];
  readonly collected: string[];
  /** Sets the clock, answers messages and advances. */
  at(time: string, ...messages: Message[]): readonly Outcome[];
  /** Says how much a meter has counted in every period from now on; undrained makes final runs wait. */
  count(meterId: string, quantity: string, undrained?: boolean): void;
  /** Marks an hour of a closed period as changed. */
  stale(meterId: string, bucket: string): void;
  rows<T extends TableName>(table: T): CustomerState['rows'][T];
};

/** A customer in UTC with a card, and one plan `pro` of the given prices. */
export function testActor(
  prices: readonly Price[],
  options: { terms?: Partial<TenantTerms>; card?: boolean } = {},
): TestActor {
  const plan: PlanVersion = {
    id: 'plv_1',
    planId: 'pln_1',
    number: 1,
    currency: USD,
    interval: 'month',
    intervalCount: 1,
    prices,
  };
  const quantities = new Map<string, Quantity>();
  let turns = 0;
  const actor: TestActor = {
    state: emptyState({ ...TERMS, ...options.terms }, prices, options.card ?? true),
    events: [],
    journals: [],
    collected: [],
    at(time, ...messages) {
      turns += 1;
      const times = {
        now: businessTime(time),
        wall: wallTime('2026-01-01T00:00:00Z'),
        block: `turn${String(turns).padStart(12, '0')}`,
      };
      const facts = {
        quantities: new Map<string, Quantity>(),
        plans: new Map<string, PlanVersion | null>(),
        earlier: new Map<string, readonly Earlier[]>(),
        unitRates: new Map<string, UnitRate>(),
      };
      const decision = settle(actor.state, messages, times, { facts, quantities, plan });
      apply(actor, decision);
      return decision.outcomes;
    },
    count: (meterId, quantity, undrained = false) => {
      quantities.set(meterId, { quantity, eventCount: 1n, undrained });
    },
    stale: (meterId, bucket) => {
      const mark = { meterId, bucket: Temporal.Instant.from(bucket) };
      actor.state = { ...actor.state, stale: [...actor.state.stale, mark] };
    },
    rows: (table) => actor.state.rows[table],
  };
  return actor;
}

type MutableFacts = Facts & {
  quantities: Map<string, Quantity>;
  plans: Map<string, PlanVersion | null>;
  earlier: Map<string, readonly Earlier[]>;
  unitRates: Map<string, UnitRate>;
};

type World = { facts: MutableFacts; quantities: ReadonlyMap<string, Quantity>; plan: PlanVersion };

function settle(
  state: CustomerState,
  messages: readonly Message[],
  times: Times,
  { facts, quantities, plan }: World,
): Decision {
  for (let round = 0; round < 20; round += 1) {
    const decision = decide(state, messages, { times, facts });
    if (decision.needs.length === 0) return decision;
    for (const need of decision.needs) {
      // The rows of this actor are all there are.
      if (need.kind === 'earlier') facts.earlier.set(needKey(need), []);
      else if (need.kind === 'plan')
        facts.plans.set(needKey(need), need.plan === plan.id || need.plan === 'pro' ? plan : null);
      else if (need.kind === 'unit_rate')
        facts.unitRates.set(needKey(need), { unit: need.unit, rate: '0.01', since: null });
      else
        facts.quantities.set(
          needKey(need),
          quantities.get(need.meterId) ?? { quantity: '0', eventCount: 0n, undrained: false },
        );
    }
  }
  throw new Error('the decision keeps asking');
}

function apply(actor: TestActor, decision: Decision): void {
  const rows = Object.fromEntries(
    Object.entries(actor.state.rows).map(([table, old]) => {
      const merged = new Map<string, { id: string }>(old.map((row) => [row.id, row]));
      for (const row of decision.changes[table as TableName]) merged.set(row.id, row);
      return [table, [...merged.values()]];
    }),
  ) as unknown as CustomerState['rows'];
  const stale = actor.state.stale.filter((mark) => !decision.accountedStale.includes(mark));
  actor.state = { ...actor.state, rows, stale };
  actor.events.push(...decision.events);
  actor.journals.push(...decision.journals);
  actor.collected.push(...decision.collectInvoiceIds);
}

function emptyState(tenant: TenantTerms, prices: readonly Price[], card: boolean): CustomerState {
  const createdAt = Temporal.Instant.from('2023-11-01T00:00:00Z');
  const shown = { gateway: 'fake', brand: null, last4: null };
  const method = { ...shown, id: 'pm_1', token: 'tok_ok', isDefault: true, createdAt };
  return {
    tenant,
    gateways: ['fake', 'other'],
    prices: new Map(prices.map((price) => [price.id, price])),
    stale: [],
    issued: [],
    nextLateCheckAt: null,
    rows: {
      ...NO_ROWS,
      customer: [
        {
          id: 'cus_1',
          externalId: 'acme',
          name: 'Acme',
          currency: USD,
          zone: 'UTC',
          clockId: null,
          autoCollect: true,
          sequence: 0n,
          dueAt: null,
          closedThrough: null,
          parkedAt: null,
          parkedReason: null,
        },
      ],
      paymentMethods: card ? [method] : [],
    },
  };
}
