// Owns the built-in gateway: a provider with a book of its own, whose behaviour is chosen by the token. For sandboxes,
// tests and the demo. Refuses to look at any table but its own.
import { TEST_GATEWAY } from '#actors/payments/gateway-rules.ts';
import type { Sql, Tx } from '#db/scope.ts';
import type { ChargeAnswer, ChargeRequest, Gateway } from './gateway.ts';

/** What the book says of a key; `lost`: the request came, no money moved. */
type Entry = {
  readonly token: string;
  readonly amount: string;
  readonly currency: string;
  readonly outcome: 'succeeded' | 'declined' | 'lost';
  readonly reference: string;
};

const DECLINED: ChargeAnswer = { kind: 'declined', code: 'card_declined', message: 'The card was declined.' };
const unknown = (reason: string): ChargeAnswer => ({ kind: 'unknown', reason });

/**
 * Tokens, by how they begin: `tok_ok` succeeds; `tok_decline_once` declines its first key; `tok_decline` declines always;
 * `tok_unknown_once` charges and loses the first answer; `tok_unknown_before` loses the first request; `tok_down` never
 * answers. Any other token is declined as invalid. A key that comes back with other parameters throws.
 */
export function createFakeGateway({ sql }: { readonly sql: Sql }): Gateway {
  return {
    name: TEST_GATEWAY,
    charge: async (request) => {
      if (request.token.startsWith('tok_down')) return unknown('the provider is down');
      return sql.begin((tx) => charge(tx, request));
    },
    lookup: async (key) => {
      const entry = await find(sql, key);
      return entry === undefined || entry.outcome === 'lost' ? { kind: 'absent' } : answerOf(entry);
    },
  };
}

async function charge(tx: Tx, request: ChargeRequest): Promise<ChargeAnswer> {
  // The provider works on one request for a token at a time.
  await tx`select pg_advisory_xact_lock(hashtextextended(${request.token}, 0))`;
  const known = await find(tx, request.key);
  if (known === undefined) return firstCall(tx, request);
  if (
    known.token !== request.token ||
    known.amount !== String(request.amount) ||
    known.currency !== request.currency
  ) {
    throw new Error(`key ${request.key} was used with other parameters`);
  }
  const outcome = known.outcome === 'lost' ? 'succeeded' : known.outcome;
  await tx`update fake_gateway.charges set calls = calls + 1, outcome = ${outcome} where provider_key = ${request.key}`;
  return answerOf({ ...known, outcome });
}

async function firstCall(tx: Tx, request: ChargeRequest): Promise<ChargeAnswer> {
  const { key, token, amount, currency } = request;
  const outcome = await firstOutcome(tx, token);
  const entry: Entry = { token, amount: String(amount), currency, outcome, reference: `ch_${key}` };
  await tx`
    insert into fake_gateway.charges (provider_key, token, amount, currency, outcome, reference, calls)
    values (${key}, ${token}, ${entry.amount}, ${currency}, ${outcome}, ${entry.reference}, 1)`;
  if (token.startsWith('tok_unknown_once')) return unknown('the answer was lost');
  return outcome === 'lost' ? unknown('the request was lost') : answerOf(entry);
}

async function firstOutcome(tx: Tx, token: string): Promise<Entry['outcome']> {
  if (token.startsWith('tok_decline_once')) {
    const seen = await tx`select from fake_gateway.charges where token = ${token} limit 1`;
    return seen.length === 0 ? 'declined' : 'succeeded';
  }
  if (token.startsWith('tok_unknown_before')) return 'lost';
  return token.startsWith('tok_ok') || token.startsWith('tok_unknown_once') ? 'succeeded' : 'declined';
}

async function find(connection: Sql | Tx, key: string): Promise<Entry | undefined> {
  const rows = await connection<Entry[]>`
    select token, amount, currency, outcome, reference from fake_gateway.charges where provider_key = ${key}`;
  return rows[0];
}

function answerOf(entry: Entry): ChargeAnswer {
  if (entry.outcome === 'succeeded') return { kind: 'succeeded', reference: entry.reference };
  return entry.token.startsWith('tok_decline')
    ? DECLINED
    : { kind: 'declined', code: 'invalid_token', message: 'The provider does not know this token.' };
}
