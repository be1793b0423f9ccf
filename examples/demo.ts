// The demo: `npm run demo` turns an hour of real usage into paid invoices over the HTTP API, in one process with nothing else
// installed, and checks every cent. Ends with 0 when everything is as it must be, with 1 when anything differs.
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startServer } from '#http/server.ts';
import { systemClock } from '#runtime/clock.ts';
import { createLog } from '#runtime/log.ts';
import { createBilling } from '../index.ts';
import { figuresOf } from './demo/figures.ts';
import { type Ending, tellStory } from './demo/story.ts';
import { createTerminal } from './demo/terminal.ts';
import { startSmtpSink } from './support/smtp-sink.ts';
import { startWebhookReceiver } from './support/webhook-receiver.ts';

/** Apart from what `npm run dev` keeps, so that both can run at once. */
const DATA_DIR = process.env['ACCRUE_DATA_DIR'] || join(import.meta.dirname, '../.accrue/demo');
const LOG_FILE = join(DATA_DIR, 'demo.log');
const PROBLEMS_SHOWN = 20;

const terminal = createTerminal(process.stdout, process.env);
const stop = new AbortController();
const closing: (() => Promise<unknown>)[] = [];

/** Runs the story on servers of its own; of the person's settings only the folder reaches them. */
async function demo(): Promise<Ending> {
  mkdirSync(DATA_DIR, { recursive: true });
  const start = terminal.step('start');
  const mailbox = await startSmtpSink();
  closing.push(() => mailbox.close());
  const receiver = await startWebhookReceiver();
  closing.push(() => receiver.close());
  const billing = await createBilling({
    settings: {
      ACCRUE_DATA_DIR: DATA_DIR,
      ACCRUE_WEBHOOK_ALLOW_PRIVATE: 'true',
      SMTP_URL: mailbox.url,
      MAIL_FROM: 'billing@tokens.example',
    },
    log: createLog({ level: 'warn', clock: systemClock(), write: (line) => appendFileSync(LOG_FILE, line) }),
  });
  closing.push(() => billing.close());
  const server = await startServer(billing.app, { host: '127.0.0.1', port: 0 });
  closing.push(() => server.close());
  stop.signal.throwIfAborted();
  const origin = `http://127.0.0.1:${server.port}`;
  start.done(`one process with its own Postgres at ${origin}`);

  const { operatorKey } = billing.config;
  if (operatorKey === undefined) throw new Error('without an operator key nobody can create a tenant');
  return tellStory({
    servers: { origins: [origin], signal: stop.signal },
    operatorKey,
    receiver,
    mailbox,
    terminal,
  });
}

/** Last opened, first closed; whoever is still asking is told to stop first. */
async function closeAll(): Promise<void> {
  stop.abort();
  for (let close = closing.pop(); close !== undefined; close = closing.pop()) await close();
}

async function main(): Promise<number> {
  terminal.say('Accrue demo: one hour of real LLM usage becomes paid invoices');
  terminal.say();
  try {
    const ending = await demo();
    terminal.say();
    terminal.table(figuresOf(ending));
    for (const problem of ending.problems.slice(0, PROBLEMS_SHOWN)) terminal.fail(`  ${problem}`);
    return ending.problems.length === 0 ? 0 : 1;
  } catch (error) {
    if (stop.signal.aborted) {
      terminal.say('  stopped');
      return 130;
    }
    terminal.fail(`  ${error instanceof Error ? error.stack : String(error)}`);
    terminal.fail(`  The servers' warnings are in ${LOG_FILE}`);
    return 1;
  } finally {
    await closeAll();
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second one does not wait for anything.
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  });
}
process.exitCode = await main();
