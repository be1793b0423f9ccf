// Owns the demo's story, told over the HTTP API: a month of usage becomes invoices, payments, mails and webhooks, and a late
// batch becomes a line of its own. Knows nothing of how the servers run, so tests tell it to many processes at once.
import { setTimeout as sleep } from 'node:timers/promises';
import type { SmtpSink } from '../support/smtp-sink.ts';
import type { WebhookReceiver } from '../support/webhook-receiver.ts';
import { type Books, readBooks } from './books.ts';
import { checkBooks } from './check-books.ts';
import { compareInvoices } from './check-invoices.ts';
import { recompute } from './recompute.ts';
import { openShop, replaceCard, type Servers, type Shop, subscribeCustomers } from './shop.ts';
import { count, type Step, type Terminal } from './terminal.ts';
import { CUSTOMERS, isLate, readTrace } from './trace.ts';
import { type Sent, sendLate, sendUsage } from './usage.ts';

const DECLINES_ONCE = 7;
const ANSWERS_UNKNOWN_ONCE = 13;
const ARRIVAL_MS_MAX = 60_000;
const LOOK_MS = 200;

export type Stage = {
  readonly servers: Servers;
  readonly operatorKey: string;
  readonly receiver: WebhookReceiver;
  readonly mailbox: SmtpSink;
  readonly terminal: Terminal;
  /** How long webhooks and mails may take to arrive. */
  readonly arrivalMs?: number;
};

export type Ending = {
  readonly sent: Sent;
  readonly books: Books;
  /** Mails of this run, those that came twice counted once. */
  readonly mails: number;
  readonly webhooks: number;
  /** What is not as it must be, in sentences. */
  readonly problems: readonly string[];
};

/** Tells the story to its end. Throws when a request is refused or nobody answers any more. */
export async function tellStory(stage: Stage): Promise<Ending> {
  const { terminal, receiver } = stage;
  const rows = readTrace();

  const setUp = terminal.step('set up');
  const shop = await openShop(stage.servers, { operatorKey: stage.operatorKey, receiver });
  setUp.done('test clock at 2023-11-01, 3 meters, a plan, an endpoint');

  const subscribe = terminal.step('subscribe');
  await subscribeCustomers(shop, (done) => subscribe.progress(done, CUSTOMERS, 'customers'));
  await replaceCard(shop, DECLINES_ONCE, 'decline_once');
  await replaceCard(shop, ANSWERS_UNKNOWN_ONCE, 'unknown_once');
  subscribe.done(`${CUSTOMERS} customers billed November's fee; 2 cards make trouble`);

  await moveClock(shop, terminal, { to: '2023-11-17T00:00:00Z', because: 'in the middle of the month' });
  const inTime = await ingest(shop, terminal, rows);
  await moveClock(shop, terminal, {
    to: '2023-12-01T02:00:00Z',
    because: 'invoices and payments of November',
  });
  const late = await ingestLate(shop, terminal, rows);
  await moveClock(shop, terminal, {
    to: '2023-12-05T00:00:00Z',
    because: 'a declined card is tried again',
  });
  await moveClock(shop, terminal, {
    to: '2024-01-01T02:00:00Z',
    because: 'invoices with late lines',
  });
  return finish(stage, shop, add(inTime, late));
}

type Rows = ReturnType<typeof readTrace>;

async function ingest(shop: Shop, terminal: Terminal, rows: Rows): Promise<Sent> {
  const step = terminal.step('ingest');
  const inTime = rows.filter((row) => !isLate(row));
  const sent = await sendUsage(shop, inTime, (done, total) => step.progress(done, total, 'events'));
  step.done(
    `${count(sent.sent)} events: ${count(sent.created)} counted, ${count(sent.duplicate)} were sent twice`,
  );
  return sent;
}

async function ingestLate(shop: Shop, terminal: Terminal, rows: Rows): Promise<Sent> {
  const step = terminal.step('ingest late');
  const sent = await sendLate(shop, rows.filter(isLate));
  step.done(`${count(sent.sent)} events of November, after November was billed`);
  return sent;
}

async function moveClock(
  { api, clockId }: Shop,
  terminal: Terminal,
  { to, because }: { readonly to: string; readonly because: string },
): Promise<void> {
  const step = terminal.step('move clock');
  const stable = new AbortController();
  const watching = watchClock({ api, clockId }, step, stable.signal);
  try {
    await api.post(`/test-clocks/${clockId}/advance`, { to });
  } finally {
    stable.abort();
    await watching;
  }
  step.done(`to ${to.slice(0, 16).replace('T', ' ')}: ${because}`);
}

/** Shows where the clock stands while it works its way forward. */
async function watchClock(
  { api, clockId }: Pick<Shop, 'api' | 'clockId'>,
  step: Step,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const clock = await api.get<{ now: string }>(`/test-clocks/${clockId}`).catch(() => undefined);
    if (clock) step.note(`the clock stands at ${clock.now.slice(0, 16).replace('T', ' ')}`);
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function finish(stage: Stage, shop: Shop, sent: Sent): Promise<Ending> {
  const { terminal, receiver, mailbox, arrivalMs = ARRIVAL_MS_MAX } = stage;
  const deliver = terminal.step('deliver');
  const books = await readBooks(shop);
  const wantedMails = mailsOf(books);
  const mails = (): number => arrivedMails(mailbox, shop.domain).size;
  const missing = (): string[] => {
    const arrived = new Set(receiver.events().map((event) => event.id));
    return books.events.filter((event) => !arrived.has(event.id)).map((event) => `${event.type} ${event.id}`);
  };
  const wanted = books.events.length + wantedMails;
  for (let waitedMs = 0; waitedMs < arrivalMs; waitedMs += LOOK_MS) {
    const open = missing().length + Math.max(0, wantedMails - mails());
    if (open === 0) break;
    deliver.progress(wanted - open, wanted, 'webhooks and mails');
    await sleep(LOOK_MS, undefined, { signal: stage.servers.signal });
  }
  deliver.done(`${count(books.events.length)} webhooks, each verified; ${count(mails())} mails`);

  const check = terminal.step('check');
  const expected = recompute(readTrace());
  const problems = [
    ...compareInvoices(books.invoices, expected),
    ...checkBooks(books, { sent, gaps: receiver.gaps(), refusals: receiver.refusals() }),
    ...missing().map((event) => `the webhook ${event} did not arrive`),
    ...(mails() === wantedMails ? [] : [`${mails()} mails arrived, not ${wantedMails}`]),
  ];
  check.done(
    problems.length === 0
      ? `${books.invoices.length} invoices equal their recomputation from the CSV`
      : `${problems.length} differences`,
  );
  return { sent, books, mails: mails(), webhooks: books.events.length - missing().length, problems };
}

/** An invoice, a payment and a declined payment each bring one mail. */
function mailsOf({ events }: Books): number {
  const mailed = ['billing.invoice.created', 'billing.payment.succeeded', 'billing.payment.failed'];
  return events.filter(({ type }) => mailed.includes(type)).length;
}

/** Message-IDs of mails to this run's customers: a mail that was sent again after a crash is the same mail. */
function arrivedMails(mailbox: SmtpSink, domain: string): Set<string | undefined> {
  const own = mailbox.mails().filter((mail) => mail.to?.some((to) => to.address?.endsWith(`@${domain}`)));
  return new Set(own.map((mail) => mail.messageId));
}

function add(one: Sent, other: Sent): Sent {
  return {
    sent: one.sent + other.sent,
    batches: one.batches + other.batches,
    batchesTwice: one.batchesTwice + other.batchesTwice,
    created: one.created + other.created,
    duplicate: one.duplicate + other.duplicate,
  };
}
