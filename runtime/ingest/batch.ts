// Owns turning the checked events of one request into columns of the inbox, with what each meter makes of them.
import { factOf, isFactProblem } from '#actors/usage/meter.ts';
import { quotedElement } from '#db/array-text.ts';
import type { Unread } from '#db/meter-refusals.ts';
import { bodyHash, identityKey, textKey } from './event-identity.ts';
import type { KnownCustomer, TenantMeters } from './usage-catalog.ts';
import type { UsageEvent } from './usage-event.ts';
import { type BodyShape, eventPointer, pointerStep, type UsageProblem } from './usage-problem.ts';

/** Element texts, one per event, and one per fact for those that say so. Batches of one flush are put behind each other. */
export type Batch = {
  readonly count: number;
  readonly keys: string[];
  readonly bodyHashes: string[];
  readonly customerIds: string[];
  readonly subscriptionIds: string[];
  readonly sources: string[];
  readonly eventIds: string[];
  readonly types: string[];
  readonly eventTimes: string[];
  readonly clockTimes: string[];
  readonly properties: string[];
  /** From 0, within this batch. */
  readonly factPositions: number[];
  readonly factMeters: string[];
  readonly factValues: string[];
  readonly factDimensions: string[];
  readonly factDimensionKeys: string[];
  readonly factValueKeys: string[];
  readonly factAmounts: string[];
};

/** Every problem with every event, and which meter could not read what. */
export type RefusedBatch = { readonly problems: readonly UsageProblem[]; readonly unread: readonly Unread[] };

export type Surroundings = {
  readonly tenantId: string;
  readonly shape: BodyShape;
  /** Index in the body of the first event. */
  readonly offset: number;
  readonly meters: TenantMeters;
  readonly customers: ReadonlyMap<string, KnownCustomer>;
  /** By test clock. */
  readonly clockTimes: ReadonlyMap<string, string>;
};

const NULL = 'null';

/** The columns; problems if a meter cannot read an event that it counts. Customers must be known already. */
export function buildBatch(events: readonly UsageEvent[], around: Surroundings): Batch | RefusedBatch {
  const batch = emptyBatch(events.length);
  const problems: UsageProblem[] = [];
  const unread: Unread[] = [];
  for (const [position, event] of events.entries()) {
    const customer = around.customers.get(event.customer);
    if (customer === undefined) throw new Error(`customer of event ${position} was not looked up`);
    addEvent(batch, event, { customer, around });
    for (const meter of around.meters.byType.get(event.type) ?? []) {
      const fact = factOf(meter, event.properties);
      if (fact === undefined) continue;
      if (isFactProblem(fact)) {
        const pointer = `${eventPointer(around.shape, around.offset + position)}/${event.names.properties}${pointerStep(fact.property)}`;
        problems.push({ pointer, code: fact.code, message: fact.message });
        unread.push({ meterId: meter.id, property: fact.property, code: fact.code });
        continue;
      }
      batch.factPositions.push(position);
      batch.factMeters.push(fact.meterId);
      batch.factValues.push(fact.value);
      batch.factDimensions.push(fact.dimensions ?? NULL);
      batch.factDimensionKeys.push(fact.dimensions === undefined ? '""' : textKey(fact.dimensions));
      batch.factValueKeys.push(fact.text === undefined ? NULL : textKey(fact.text));
      batch.factAmounts.push(fact.amount ?? NULL);
    }
  }
  return problems.length > 0 ? { problems, unread } : batch;
}

function addEvent(
  batch: Batch,
  event: UsageEvent,
  { customer, around }: { customer: KnownCustomer; around: Surroundings },
): void {
  const clockTime = customer.clockId === null ? undefined : around.clockTimes.get(customer.clockId);
  if (customer.clockId !== null && clockTime === undefined) {
    throw new Error(`test clock ${customer.clockId} was not looked up`);
  }
  batch.keys.push(identityKey(around.tenantId, event));
  batch.bodyHashes.push(bodyHash(event, customer.id));
  batch.customerIds.push(customer.id);
  batch.subscriptionIds.push(event.subscription === undefined ? NULL : quotedElement(event.subscription));
  batch.sources.push(event.source === '' ? NULL : quotedElement(event.source));
  batch.eventIds.push(quotedElement(event.id));
  batch.types.push(quotedElement(event.type));
  batch.eventTimes.push(event.time ?? NULL);
  batch.clockTimes.push(clockTime ?? NULL);
  batch.properties.push(event.text);
}

/** Columns to be filled, of so many events. */
export function emptyBatch(count: number): Batch {
  return {
    count,
    keys: [],
    bodyHashes: [],
    customerIds: [],
    subscriptionIds: [],
    sources: [],
    eventIds: [],
    types: [],
    eventTimes: [],
    clockTimes: [],
    properties: [],
    factPositions: [],
    factMeters: [],
    factValues: [],
    factDimensions: [],
    factDimensionKeys: [],
    factValueKeys: [],
    factAmounts: [],
  };
}
