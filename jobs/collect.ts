// Owns the collect job: claim an invoice's attempt, ask the gateway outside any transaction, have the customer's turn record
// the answer under the claim's epoch (law 8, protocols H9). A crash anywhere repeats the same key, never a new one.
import type { AttemptOutcome, RecordPayment } from '#actors/message.ts';
import { type ClaimedPayment, claimPayment, renewPayment } from '#db/payment-claims.ts';
import { inTenant, type Sql } from '#db/scope.ts';
import type { Clock } from '#runtime/clock.ts';
import { type Crossing, straightAcross } from '#runtime/crash-points.ts';
import { claimFromNow, holding } from '#runtime/holding.ts';
import type { Log } from '#runtime/log.ts';
import type { Metrics } from '#runtime/metrics.ts';
import type { Processor } from '#runtime/queues/workers.ts';
import { withTrace } from '#runtime/trace.ts';
import { within } from '#runtime/within.ts';
import { isKeyOld, retryAt } from './collect-schedule.ts';
import type { ChargeAnswer, Gateway } from './gateways/gateway.ts';

/** A gateway that takes longer has given no answer. */
const CALL_MS_MAX = 20_000;

export type CollectDeps = {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'payments'>;
  readonly gateways: readonly Gateway[];
  readonly cross?: Crossing;
  /** Throws Fenced when the epoch is stale. */
  readonly turns: { deliver(tenant: string, customerId: string, message: RecordPayment): Promise<unknown> };
};

export function collectJob(deps: CollectDeps): Processor {
  const { sql, clock, metrics, turns, cross = straightAcross } = deps;

  return async ({ tenant, key: invoiceId }, signal) => {
    const claim = await cross('collect.claim', () =>
      inTenant(sql, tenant, (tx) => claimPayment(tx, invoiceId, claimFromNow(clock))),
    );
    if (claim === undefined) return;
    const renew = (until: string) => inTenant(sql, tenant, (tx) => renewPayment(tx, claim, until));
    await holding(clock, renew, async () => {
      const answer = await cross('collect.call', () => ask(deps, claim, { tenant, signal }));
      metrics.payments.add(1, { outcome: answer.kind, gateway: claim.gateway });
      const { attemptId, epoch } = claim;
      const outcome = outcomeOf(answer, claim, clock);
      const message: RecordPayment = { type: 'payment.record', attemptId, epoch, outcome };
      await cross('collect.record', () => turns.deliver(tenant, claim.customerId, message));
    });
  };
}

/** Never throws: whatever goes wrong with the outside, nobody knows whether money moved. */
async function ask(
  deps: CollectDeps,
  claim: ClaimedPayment,
  { tenant, signal }: { tenant: string; signal: AbortSignal },
): Promise<ChargeAnswer> {
  const { clock, log, gateways } = deps;
  const place = { tenant, attempt: claim.attemptId, gateway: claim.gateway };
  const limit = new AbortController();
  try {
    const gateway = gateways.find(({ name }) => name === claim.gateway);
    if (gateway === undefined) throw new Error(`no gateway is called ${claim.gateway}`);
    const call = withTrace({ name: `charge ${gateway.name}`, kind: 'client' }, () =>
      inquire(gateway, { claim, tenant, clock, signal: AbortSignal.any([signal, limit.signal]) }),
    );
    const answer = await within(call, CALL_MS_MAX, clock);
    if (answer.kind === 'unknown') log.warn('payment without an answer', { ...place, reason: answer.reason });
    return answer;
  } catch (error) {
    log.error('payment without an answer', { ...place, error });
    return { kind: 'unknown', reason: 'the call failed' };
  } finally {
    limit.abort();
  }
}

type Inquiry = { claim: ClaimedPayment; tenant: string; clock: Clock; signal: AbortSignal };

async function inquire(gateway: Gateway, { claim, tenant, clock, signal }: Inquiry): Promise<ChargeAnswer> {
  if (isKeyOld(clock.wall(), claim.firstCalledAt)) {
    const found = await gateway.lookup(claim.providerKey, signal);
    // Definite: the provider has no such charge, so the next attempt may begin under a key of its own.
    return found.kind === 'absent'
      ? { kind: 'declined', code: 'not_received', message: 'The provider never received the charge.' }
      : found;
  }
  const metadata = { tenant, attempt: claim.attemptId, invoice: claim.invoiceId };
  const { providerKey: key, currency, token } = claim;
  return gateway.charge({ key, amount: BigInt(claim.amount), currency, token, metadata }, signal);
}

function outcomeOf(answer: ChargeAnswer, claim: ClaimedPayment, clock: Clock): AttemptOutcome {
  return answer.kind === 'unknown'
    ? { kind: 'unknown', retryAt: retryAt(clock.wall(), claim.callCount) }
    : answer;
}
