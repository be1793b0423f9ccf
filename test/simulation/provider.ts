// Owns the company that moves money, and its book: what it really charged, whatever it answered. Keyed as providers are:
// a key is remembered for a day, and a charge can be looked up for ever.
import type { ChargeAnswer, ChargeRequest, Gateway } from '#jobs/gateways/gateway.ts';
import type { Chronicle } from './chronicle.ts';
import type { Dice } from './dice.ts';
import type { Owner, Timeline } from './timeline.ts';

export type ProviderFaults = {
  /** Probabilities per call. `answerLost`: charged, and nobody hears of it. */
  answerLost: number;
  failsAfterCharging: number;
  failsBefore: number;
  throttled: number;
  hangs: number;
};

/** One attempt to move money under one key; a key that was forgotten may have two. */
export type Charge = {
  readonly key: string;
  readonly token: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly outcome: 'succeeded' | 'declined';
  readonly reference: string;
  readonly tenant: string;
  readonly invoice: string;
  readonly atMs: number;
};

export type Provider = {
  gatewayFor(name: string, owner: Owner): Gateway;
  readonly book: readonly Charge[];
  /** Keys that were looked up and not found. */
  readonly missed: ReadonlySet<string>;
  calls(): number;
};

const KEY_REMEMBERED_MS = 24 * 3_600_000;
const LATENCY_MS_MAX = 300;

/**
 * Tokens, by how they begin: `tok_ok` always pays; `tok_bad` never does; `tok_second` declines the first key of an invoice.
 * What money did is decided by the token alone, so that a model can foresee it.
 */
export function createProvider(deps: {
  readonly timeline: Timeline;
  readonly dice: Dice;
  readonly chronicle: Chronicle;
  readonly faults: ProviderFaults;
}): Provider {
  const { timeline, dice, chronicle, faults } = deps;
  const book: Charge[] = [];
  const missed = new Set<string>();
  let calls = 0;

  /** A request that was on its way while the world jumped arrives as if it had not: no network takes hours. */
  const charge = (request: ChargeRequest, sentMs: number): ChargeAnswer => {
    const known = book.find((one) => one.key === request.key && sentMs - one.atMs < KEY_REMEMBERED_MS);
    if (known !== undefined) {
      if (
        known.amount !== request.amount ||
        known.token !== request.token ||
        known.currency !== request.currency
      )
        throw new Error(`key ${request.key} came with other parameters`);
      return answerOf(known);
    }
    const { key, token, amount, currency } = request;
    const { tenant = '', invoice = '' } = request.metadata;
    const pays = token.startsWith('tok_ok') || (token.startsWith('tok_second') && !key.endsWith('-1'));
    const made: Charge = {
      key,
      token,
      amount,
      currency,
      outcome: pays ? 'succeeded' : 'declined',
      reference: `ch_${book.length + 1}`,
      tenant,
      invoice,
      atMs: timeline.nowMs(),
    };
    book.push(made);
    chronicle.note('charge', `${made.reference} ${key} ${made.outcome} ${amount}`);
    return answerOf(made);
  };

  /** What the caller hears, after the request has or has not done its work. */
  const hear = (request: ChargeRequest, sentMs: number): ChargeAnswer | 'nothing' => {
    calls += 1;
    if (dice.chance(faults.throttled)) return { kind: 'unknown', reason: 'status 429' };
    if (dice.chance(faults.failsBefore)) return { kind: 'unknown', reason: 'status 500' };
    if (dice.chance(faults.hangs)) return 'nothing';
    const answer = charge(request, sentMs);
    if (dice.chance(faults.answerLost)) return 'nothing';
    return dice.chance(faults.failsAfterCharging) ? { kind: 'unknown', reason: 'status 500' } : answer;
  };

  const travel = (act: () => void, owner?: Owner): void =>
    void timeline.after(dice.int(1, LATENCY_MS_MAX), act, owner);

  return {
    book,
    missed,
    calls: () => calls,
    gatewayFor: (name, owner) => ({
      name,
      charge: (request) =>
        new Promise((resolve, reject) => {
          const sentMs = timeline.nowMs();
          // The request travels on even if its sender dies.
          travel(() => {
            try {
              const heard = hear(request, sentMs);
              chronicle.note('provider', `${request.key} ${heard === 'nothing' ? heard : heard.kind}`);
              if (heard !== 'nothing') travel(() => resolve(heard), owner);
            } catch (error) {
              reject(error);
            }
          });
        }),
      lookup: (key) =>
        new Promise((resolve) => {
          travel(() => {
            const found = book.findLast((one) => one.key === key);
            if (found === undefined) missed.add(key);
            chronicle.note('lookup', `${key} ${found?.outcome ?? 'absent'}`);
            travel(() => resolve(found === undefined ? { kind: 'absent' } : answerOf(found)), owner);
          });
        }),
    }),
  };
}

function answerOf({ outcome, reference }: Charge): ChargeAnswer {
  return outcome === 'succeeded'
    ? { kind: 'succeeded', reference }
    : { kind: 'declined', code: 'card_declined', message: 'The card was declined.' };
}
