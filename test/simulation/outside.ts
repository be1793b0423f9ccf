// Owns the world that hears from us: a mail server and webhook receivers, what they really got, and their moods.
import type { Mailer } from '#notifications/email/mailer.ts';
import { isOverload, outcomeOfStatus } from '#notifications/webhooks/attempt-outcome.ts';
import type { Post, PostResult, Sender } from '#notifications/webhooks/sender.ts';
import type { Chronicle } from './chronicle.ts';
import type { Dice } from './dice.ts';
import type { Owner, Timeline } from './timeline.ts';

export type OutsideFaults = {
  mailDown: number;
  /** Taken, and the sender hears nothing: it will come again. */
  mailAnswerLost: number;
  hookSlow: number;
  hookFails: number;
  hookRedirects: number;
  hookThrottles: number;
  hookGone: number;
  hookAnswerLost: number;
};

export type Received = {
  readonly endpointId: string;
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
  readonly body: string;
  /** Whether the receiver took it; others it refused. */
  readonly taken: boolean;
};

export type Outside = {
  mailerFor(owner: Owner): Mailer;
  senderFor(owner: Owner): Sender;
  readonly hooks: readonly Received[];
  /** Message-IDs in the order of arrival, with repeats. */
  readonly mails: readonly string[];
};

const SLOW_MS = 15_000;
const LATENCY_MS_MAX = 400;

export function createOutside(deps: {
  readonly timeline: Timeline;
  readonly dice: Dice;
  readonly chronicle: Chronicle;
  readonly faults: OutsideFaults;
}): Outside {
  const { timeline, dice, chronicle, faults } = deps;
  const hooks: Received[] = [];
  const mails: string[] = [];
  const pause = (ms: number, owner: Owner): Promise<void> =>
    new Promise((resolve) => void timeline.after(ms, resolve, owner));

  /** What a receiver answers: a status, or silence. */
  const statusFor = (): number | 'silence' => {
    if (dice.chance(faults.hookGone)) return 410;
    if (dice.chance(faults.hookRedirects)) return 302;
    if (dice.chance(faults.hookThrottles)) return 429;
    if (dice.chance(faults.hookFails)) return 500;
    return dice.chance(faults.hookSlow) ? 'silence' : 204;
  };

  const post = async (request: Post, owner: Owner): Promise<PostResult | undefined> => {
    const startedMs = timeline.nowMs();
    await pause(dice.int(1, LATENCY_MS_MAX), owner);
    if (request.signal.aborted) return undefined;
    const status = statusFor();
    const silent = status === 'silence' ? dice.chance(0.5) : undefined;
    const taken = status === 204 || silent === true;
    const { headers, body, endpointId } = request;
    const header = (name: string): string => headers[name] ?? '';
    const [id, timestamp, signature] = [
      header('webhook-id'),
      header('webhook-timestamp'),
      header('webhook-signature'),
    ];
    hooks.push({ endpointId, id, timestamp, signature, body, taken });
    chronicle.note('hook', `${endpointId} ${id} ${status}`);
    const result = (outcome: PostResult['outcome'], statusCode?: number): PostResult => ({
      outcome,
      ...(statusCode === undefined ? {} : { statusCode }),
      overloaded: isOverload(outcome, statusCode),
      durationMs: timeline.nowMs() - startedMs,
    });
    if (status === 'silence') {
      await pause(SLOW_MS, owner);
      return result('timed_out');
    }
    await pause(dice.int(1, LATENCY_MS_MAX), owner);
    return dice.chance(faults.hookAnswerLost)
      ? result('connection_lost')
      : result(outcomeOfStatus(status), status);
  };

  return {
    hooks,
    mails,
    senderFor: (owner) => ({ post: (request) => post(request, owner), close: async () => undefined }),
    mailerFor: (owner) => ({
      send: async (mail) => {
        await pause(dice.int(1, LATENCY_MS_MAX), owner);
        if (dice.chance(faults.mailDown)) return { kind: 'unsent', error: 'connection refused' };
        mails.push(mail.messageId);
        chronicle.note('mail', mail.messageId);
        if (dice.chance(faults.mailAnswerLost)) return { kind: 'unsent', error: 'connection lost' };
        await pause(dice.int(1, LATENCY_MS_MAX), owner);
        return { kind: 'sent' };
      },
      close: () => undefined,
    }),
  };
}
