// Owns how a careful client behaves: it asks again until it is answered, with the same key, at whatever web process stands.
import type { Outcome } from '#actors/rejection.ts';
import type { SendOptions } from '#runtime/command-api.ts';
import type { UsageEventInput } from '#runtime/ingest/usage-event.ts';
import type { Dice } from './dice.ts';
import type { Machine } from './machine.ts';
import type { World } from './world.ts';

export type Api = NonNullable<Machine['api']>;
export type EventAnswer = 'created' | 'duplicate' | 'conflict' | 'accepted_unbilled';

export type Client = {
  readonly dice: Dice;
  sleep(ms: number): Promise<void>;
  /** The answer to a command. A refusal is an answer. */
  command(what: string, ask: (api: Api, options: SendOptions) => Promise<Outcome>): Promise<Outcome>;
  /** The data of a command that must not be refused. */
  must(
    what: string,
    ask: (api: Api, options: SendOptions) => Promise<Outcome>,
  ): Promise<Record<string, string>>;
  /** One answer an event. */
  use(tenant: string, events: readonly UsageEventInput[]): Promise<readonly EventAnswer[]>;
};

const PATIENCE_MS = 12_000;
/** Shorter than most work takes in bad weather, so that asking again with the same key is the rule. */
const WAIT_MS = 1_500;
/** Between two tries, at most; longer and longer after the first ones. */
const AGAIN_MS = 4_000;
const AGAIN_MS_MAX = 60_000;
const EAGER_TRIES = 5;
/** A payment whose outcome is open is asked for again after an hour at last, and a test clock waits for it. */
const ANSWER_MS_MAX = 80 * 60_000;
/** Answers that say nothing yet. */
const NOT_YET = ['still_queued', 'overloaded'];

export function createClient(world: World, name: string): Client {
  const { timeline, chronicle } = world;
  const dice = world.dice.stream(`client ${name}`);
  let asked = 0;

  const sleep = (ms: number): Promise<void> => new Promise((resolve) => void timeline.after(ms, resolve));

  /** What one process says, or undefined when it says nothing in time, or dies, or fails. */
  const tryOnce = async <T>(ask: (api: Api) => Promise<T>): Promise<T | undefined> => {
    const api = world.web()?.api;
    if (api === undefined) return undefined;
    const silence = Promise.withResolvers<undefined>();
    const forget = timeline.after(PATIENCE_MS, () => silence.resolve(undefined));
    const answer = await Promise.race([ask(api).catch(() => undefined), silence.promise]);
    forget();
    return answer;
  };

  const untilAnswered = async <T>(
    ask: (api: Api) => Promise<T>,
    isAnswer: (said: T) => boolean,
  ): Promise<T> => {
    const giveUpMs = timeline.livedMs() + ANSWER_MS_MAX;
    for (let tries = 1; timeline.livedMs() < giveUpMs; tries += 1) {
      const said = await tryOnce(ask);
      if (said !== undefined && isAnswer(said)) return said;
      await sleep(dice.int(1, Math.min(AGAIN_MS * 2 ** Math.max(0, tries - EAGER_TRIES), AGAIN_MS_MAX)));
    }
    throw new Error('a client was not answered for eighty minutes');
  };

  const command: Client['command'] = async (what, ask) => {
    asked += 1;
    const key = `${name} ${asked}`;
    const outcome = await untilAnswered(
      (api) => ask(api, { idempotencyKey: key, waitMs: dice.int(50, WAIT_MS) }),
      (said) => said.ok || !NOT_YET.includes(said.code),
    );
    chronicle.note('answer', `${key} ${what} ${outcome.ok ? 'ok' : outcome.code}`);
    return outcome;
  };

  return {
    dice,
    sleep,
    command,
    must: async (what, ask) => {
      const outcome = await command(what, ask);
      if (!outcome.ok) throw new Error(`${what} was refused: ${outcome.code} ${outcome.message}`);
      return outcome.data as Record<string, string>;
    },
    use: async (tenant, events) => {
      const answer = await untilAnswered(
        (api) => api.usage.ingest(tenant, events, { waitMs: WAIT_MS }),
        (said) => (said.ok ? said.result !== undefined : said.code !== 'overloaded'),
      );
      if (!answer.ok) throw new Error(`usage was refused: ${JSON.stringify(answer)}`);
      return answer.result?.results ?? [];
    },
  };
}
