// Owns a receiver as a careful customer would write one: every delivery is verified with the official library, repeats
// are known by their id, and each customer's sequence is watched for gaps.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export type ReceivedEvent = {
  readonly id: string;
  readonly type: string;
  readonly customerId: string | null;
  readonly sequence: number | null;
  readonly data: unknown;
  readonly previousData?: unknown;
};

export type SequenceGap = { readonly customerId: string; readonly missing: readonly number[] };

export type WebhookReceiver = {
  readonly url: string;
  /** Which secrets sign for this receiver; until then every delivery is answered 503 and comes again. */
  trust(...secrets: readonly string[]): void;
  /** Verified events, each once, in the order of arrival. */
  events(): readonly ReceivedEvent[];
  /** Deliveries of events that were here before. */
  duplicates(): number;
  /** Why deliveries were refused. */
  refusals(): readonly string[];
  /** Customers whose sequence, from 1 to the highest seen, is not complete. */
  gaps(): readonly SequenceGap[];
  close(): Promise<void>;
};

/** Listens on the loopback address; port 0 takes a free one. `heard` is told each event when it first comes. */
export async function startWebhookReceiver({
  port = 0,
  heard = () => undefined,
}: {
  port?: number;
  heard?: (event: ReceivedEvent) => void;
} = {}): Promise<WebhookReceiver> {
  const events = new Map<string, ReceivedEvent>();
  const refusals: string[] = [];
  let secrets: readonly string[] = [];
  let duplicates = 0;

  const receive = async (request: IncomingMessage): Promise<number> => {
    const body = await bodyOf(request);
    if (secrets.length === 0) return 503;
    const event = verified(secrets, body, request);
    if (typeof event === 'string') {
      refusals.push(event);
      return 400;
    }
    if (events.has(event.id)) duplicates += 1;
    else {
      events.set(event.id, event);
      heard(event);
    }
    return 204;
  };

  const server = createServer((request, response) => {
    receive(request).then(
      (status) => response.writeHead(status).end(),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    trust: (...next) => {
      secrets = next;
    },
    events: () => [...events.values()],
    duplicates: () => duplicates,
    refusals: () => refusals,
    gaps: () => gapsIn([...events.values()]),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The event, or why it is not to be trusted. */
function verified(
  secrets: readonly string[],
  body: string,
  request: IncomingMessage,
): ReceivedEvent | string {
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
  let problem = 'no secret';
  for (const secret of secrets) {
    try {
      const event = new Webhook(secret).verify(body, headers) as ReceivedEvent;
      return event.id === headers['webhook-id'] ? event : 'webhook-id and the event differ';
    } catch (error) {
      problem = String(error);
    }
  }
  return problem;
}

function gapsIn(events: readonly ReceivedEvent[]): SequenceGap[] {
  const seen = new Map<string, Set<number>>();
  for (const { customerId, sequence } of events) {
    if (customerId === null || sequence === null) continue;
    const numbers = seen.get(customerId) ?? new Set();
    seen.set(customerId, numbers.add(sequence));
  }
  return [...seen]
    .map(([customerId, numbers]) => {
      const highest = Math.max(...numbers);
      const missing = Array.from({ length: highest }, (_, index) => index + 1).filter((n) => !numbers.has(n));
      return { customerId, missing };
    })
    .filter(({ missing }) => missing.length > 0);
}
