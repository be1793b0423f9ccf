// Owns the outside of a chaos run: a receiver that takes every webhook, a moody one that refuses some at first, and a mail
// server. All keep what they got.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startSmtpSink } from '../../examples/support/smtp-sink.ts';
import { startWebhookReceiver } from '../../examples/support/webhook-receiver.ts';
import type { Flow } from './flow.ts';

/** The moody one refuses this share of messages when they first come. */
const REFUSED_EVERY = 5;

export type Receivers = {
  /** Endpoints in the order of the ledger: the steady one first. */
  readonly hooks: readonly string[];
  readonly smtpUrl: string;
  trust(secret: string, endpoint: number): void;
  /** Ids of messages that the endpoint took, each once. */
  taken(endpoint: number): ReadonlySet<string>;
  /** Webhooks that came again after they had been taken. */
  repeats(): number;
  /** Message-IDs that arrived. */
  mails(): ReadonlySet<string>;
  /** What no receiver may ever see. */
  wrongs(): string[];
  close(): Promise<void>;
};

export async function startReceivers(flow: Flow): Promise<Receivers> {
  const steady = await startWebhookReceiver({
    heard: ({ type }) => {
      flow.done('webhook');
      if (type === 'billing.payment.succeeded') flow.done('payment');
    },
  });
  const mailbox = await startSmtpSink();
  const moody = await startMoody();
  return {
    hooks: [steady.url, moody.url],
    smtpUrl: mailbox.url,
    trust: (secret, endpoint) => {
      if (endpoint === 0) steady.trust(secret);
    },
    taken: (endpoint) =>
      endpoint === 0 ? new Set(steady.events().map(({ id }) => id)) : new Set(moody.taken),
    repeats: () => steady.duplicates(),
    mails: () => new Set(mailbox.mails().map(({ messageId }) => messageId ?? '')),
    wrongs: () => [
      ...steady.refusals().map((why) => `a webhook was refused: ${why}`),
      ...steady
        .gaps()
        .map(({ customerId, missing }) => `customer ${customerId}: no webhooks ${missing.join(', ')}`),
    ],
    close: async () => {
      await Promise.all([steady.close(), mailbox.close(), moody.close()]);
    },
  };
}

async function startMoody() {
  const taken = new Set<string>();
  const seen = new Set<string>();
  const server = createServer((request, response) => {
    const id = String(request.headers['webhook-id']);
    request.resume();
    request.on('end', () => {
      const refuses = !seen.has(id) && seen.size % REFUSED_EVERY === 0;
      seen.add(id);
      if (!refuses) taken.add(id);
      response.writeHead(refuses ? 500 : 204).end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    taken,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/moody`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
