// Owns what a command of the tenant's own actor is given, and what it may leave: rows in its transaction, an answer, rings.
import { instantText, type WallTime } from '#actors/calendar/time.ts';
import type { BillingEventType } from '#actors/events/billing-event.ts';
import type { Tx } from '#db/scope.ts';
import { appendTenantEvent } from '#db/tenant-events.ts';
import type { TenantLock } from '#db/tenants.ts';
import type { StoredOutcome } from '#runtime/command-outcome.ts';
import type { Ids } from '#runtime/ids.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import type { Random } from '#runtime/random.ts';
import type { SecretBox } from '#runtime/secret-box.ts';

/** What a URL must be for webhooks to go there; a refusal says why not. */
export type CheckDestination = (
  url: string,
) => { readonly ok: true } | { readonly ok: false; readonly code: string; readonly message: string };

export type TenantCommandDeps = {
  readonly ids: Ids;
  readonly random: Random;
  readonly secretBox: SecretBox;
  readonly checkDestination: CheckDestination;
  /** Names of the payment gateways there are. */
  readonly gateways: readonly string[];
};

export type TenantContext = TenantCommandDeps & {
  readonly tx: Tx;
  readonly tenant: TenantLock;
  readonly commandId: string;
  readonly trace: string | null;
  /** Whose command it is, as far as known. */
  readonly sentBy: string | null;
  readonly now: WallTime;
  /** `now` as columns take it. */
  readonly nowText: string;
};

/** `outcome` absent: the answer comes later, from whoever the command set in motion. */
export type Applied = { readonly outcome?: StoredOutcome; readonly rings?: readonly Ring[] };

type TenantEvent = {
  readonly type: BillingEventType;
  readonly objectType: string;
  readonly objectId: string;
  readonly data: object;
  /** Set for the first event of a new customer. */
  readonly customer?: { readonly id: string; readonly occurredAt: string };
};

/** Writes a billing event of this command and puts it in the outbox. */
export async function emit(context: TenantContext, event: TenantEvent): Promise<void> {
  const { type, objectType, objectId, data, customer } = event;
  await appendTenantEvent(context.tx, {
    id: context.ids('evt'),
    tenantId: context.tenant.id,
    customerId: customer?.id ?? null,
    sequence: customer === undefined ? null : 1,
    type,
    objectType,
    objectId,
    data,
    occurredAt: customer?.occurredAt ?? instantText(context.now),
    createdAt: instantText(context.now),
    trace: context.trace,
  });
}

/** An answer that says what now exists. */
export function done(data: object): Applied {
  return { outcome: { ok: true, data } };
}
