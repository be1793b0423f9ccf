// Owns who hears from us in a crash story: a mailbox, and a webhook receiver that throttles and fails before it takes some of
// its messages.
import type { Mailer } from '#notifications/email/mailer.ts';
import { isOverload, outcomeOfStatus } from '#notifications/webhooks/attempt-outcome.ts';
import type { Sender } from '#notifications/webhooks/sender.ts';

/** What it answers to the tries of one message, in turn; then it takes it. */
const MOODS: Readonly<Record<string, readonly number[]>> = {
  'billing.meter.created': [500],
  'billing.subscription.created': [429],
};

export type Receivers = {
  readonly mailer: Mailer;
  readonly sender: Sender;
  /** Message-IDs, each with what was mailed, in the order of arrival, with repeats. */
  readonly mails: { readonly messageId: string; readonly what: string }[];
  /** Bodies of the messages that were taken, by id; one that comes again with another body is a fault. */
  readonly taken: ReadonlyMap<string, string>;
  readonly faults: string[];
};

export function createReceivers(): Receivers {
  const mails: { messageId: string; what: string }[] = [];
  const taken = new Map<string, string>();
  const tries = new Map<string, number>();
  const faults: string[] = [];

  return {
    mails,
    taken,
    faults,
    mailer: {
      send: async ({ messageId, recipient, subject }) => {
        mails.push({ messageId, what: `${recipient}: ${subject.replace(/INV-\d{4}-\d+/, 'number')}` });
        return { kind: 'sent' };
      },
      close: () => undefined,
    },
    sender: {
      post: async ({ headers, body }) => {
        const id = headers['webhook-id'] ?? '';
        const { type } = JSON.parse(body) as { type: string };
        const tried = tries.get(id) ?? 0;
        tries.set(id, tried + 1);
        const statusCode = MOODS[type]?.[tried] ?? 204;
        if (statusCode === 204) {
          if ((taken.get(id) ?? body) !== body) faults.push(`message ${id} came again with another body`);
          taken.set(id, body);
        }
        const outcome = outcomeOfStatus(statusCode);
        return { outcome, statusCode, overloaded: isOverload(outcome, statusCode), durationMs: 0 };
      },
      close: async () => undefined,
    },
  };
}
