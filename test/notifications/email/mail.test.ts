// Mails over real SMTP: what they say, that they are sent once, and what happens when the server refuses or is away.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { inSystem, inTenant } from '#db/scope.ts';
import { createMailRun } from '#notifications/email/mail-run.ts';
import { createMailer } from '#notifications/email/mailer.ts';
import { Fenced } from '#runtime/errors.ts';
import { type SinkReply, type SmtpSink, startSmtpSink } from '../../../examples/support/smtp-sink.ts';
import { INVOICE, PAYMENT } from '../../support/mail-events.ts';
import { manualClock } from '../../support/manual-clock.ts';
import {
  MAIL_FROM,
  type NotificationWorld,
  notificationWorld,
  TENANT,
} from '../../support/notification-world.ts';

const MINUTE = 60_000;
const clock = manualClock(new Date().toISOString());
const never = new AbortController().signal;
let world: NotificationWorld;
let sink: SmtpSink;
let replies: SinkReply[] = [];
let sequence = 0;

before(async () => {
  world = await notificationWorld({ clock });
  sink = await startSmtpSink({ reply: () => replies.shift() ?? 'accept' });
  await customer('cus_ada', 'ada@customer.example');
  await customer('cus_none', null);
});
after(async () => {
  await sink.close();
  await world.close();
});
beforeEach(() => {
  replies = [];
});

async function customer(id: string, email: string | null, name = 'Ada Lovelace'): Promise<void> {
  await world.customer(id);
  await inTenant(
    world.sql,
    TENANT,
    (tx) => tx`update customers set email = ${email}, name = ${name} where id = ${id}`,
  );
}

async function tell(type: string, data: object, customerId = 'cus_ada'): Promise<string> {
  sequence += 1;
  const [id] = await world.events({ type, data, customerId, sequence });
  await world.fanOut();
  return id ?? '';
}

async function send(smtpUrl = sink.url): Promise<void> {
  const mailer = createMailer({ smtpUrl, from: MAIL_FROM });
  try {
    await createMailRun({ ...world, mailer }).run(never);
  } finally {
    mailer.close();
  }
}

type Row = {
  id: string;
  status: string;
  attempts: number;
  error: string | null;
  messageId: string;
  nextAttemptAt: string;
};
const rowsOf = (eventId: string): Promise<Row[]> =>
  inSystem(
    world.sql,
    (tx) => tx<Row[]>`
    select id, status, attempt_count as attempts, last_error as error, message_id as "messageId", next_attempt_at as "nextAttemptAt"
    from emails where event_id = ${eventId}`,
  );
const arrived = (messageId: string | undefined) =>
  sink.mails().filter((mail) => mail.messageId === messageId);

test('an issued invoice becomes one mail with the figures of the invoice, as text and as HTML', async () => {
  const eventId = await tell('billing.invoice.created', INVOICE);
  assert.ok(world.rings.some((ring) => ring.queue === 'notify' && ring.key === 'mail'));
  await send();
  await send();
  const [row] = await rowsOf(eventId);
  assert.equal(row?.status, 'sent');
  const [mail, ...more] = arrived(row?.messageId);
  assert.equal(more.length, 0);
  assert.equal(mail?.subject, `Invoice INV-000042 from ${TENANT}: USD 1,234.56`);
  assert.deepEqual(
    mail?.to?.map((to) => to.address),
    ['ada@customer.example'],
  );
  assert.deepEqual([mail?.from?.address, mail?.from?.name], ['billing@seller.example', TENANT]);
  assert.match(mail?.messageId ?? '', /^<eml_[0-9a-z]{16}@seller\.example>$/);
  assert.equal(mail?.headers.find((header) => header.key === 'auto-submitted')?.value, 'auto-generated');
  for (const body of [mail?.text, mail?.html]) {
    for (const words of [
      'USD 1,028.80',
      'USD 205.76',
      'USD 1,234.56',
      'December 31, 2023',
      'November 1 – December 31, 2023',
      'November 1 – November 30, 2023',
      'December 1 – December 31, 2023',
      'Input tokens',
      'Please pay USD 1,234.56 by December 31, 2023.',
    ]) {
      assert.ok(body?.includes(words), words);
    }
  }
});

test('payments that succeed and fail have their mails', async () => {
  await tell('billing.payment.succeeded', PAYMENT);
  await tell('billing.payment.failed', {
    ...PAYMENT,
    code: 'card_declined',
    message: 'Do not honor',
    nextAttemptAt: '2023-12-04T00:00:00Z',
  });
  await send();
  const [receipt, failure] = sink.mails().slice(-2);
  assert.match(receipt?.subject ?? '', /^Receipt for invoice INV-000042/);
  assert.match(receipt?.text ?? '', /Transaction: ch_123/);
  assert.match(failure?.subject ?? '', /^Payment failed for invoice INV-000042/);
  assert.match(failure?.text ?? '', /Reason: Do not honor\nCode: card_declined/);
  assert.match(failure?.text ?? '', /try again on December 4, 2023/);
});

test('no mail for a zero invoice, for other events, and for a customer without an address', async () => {
  const zero = await tell('billing.invoice.created', { ...INVOICE, subtotal: '0', tax: '0', total: '0' });
  const other = await tell('billing.invoice.paid', INVOICE);
  const nobody = await tell('billing.invoice.created', INVOICE, 'cus_none');
  for (const id of [zero, other, nobody]) assert.deepEqual([...(await rowsOf(id))], []);
});

test('amounts have the decimals of their currency', async () => {
  await tell('billing.payment.succeeded', { ...PAYMENT, amount: '1500', currency: 'JPY' });
  await tell('billing.payment.succeeded', { ...PAYMENT, amount: '1500', currency: 'BHD' });
  await send();
  assert.deepEqual(
    sink
      .mails()
      .slice(-2)
      .map((mail) => mail.subject?.split(': ')[1] ?? '')
      .sort(),
    ['BHD 1.500', 'JPY 1,500'],
  );
});

test('refused for now (421), then a dropped connection, then accepted: one identity, and the mail is the same', async () => {
  const eventId = await tell('billing.invoice.created', INVOICE);
  replies = [421, 'drop'];
  await send();
  const [first] = await rowsOf(eventId);
  assert.deepEqual([first?.status, first?.attempts], ['pending', 1]);
  assert.ok(world.until(first?.nextAttemptAt ?? '') >= 0.8 * MINUTE);
  await send();
  assert.equal((await rowsOf(eventId))[0]?.attempts, 1, 'not before it is due');
  await clock.advance(2 * MINUTE);
  await send();
  await clock.advance(10 * MINUTE);
  await send();
  const [row] = await rowsOf(eventId);
  assert.deepEqual([row?.status, row?.attempts], ['sent', 3]);
  const copies = arrived(row?.messageId);
  assert.equal(copies.length, 2, 'the server had it although it never said so');
  assert.equal(new Set(copies.map((copy) => `${copy.subject}${copy.text}${copy.html}`)).size, 1);
});

test('refused for good (550): failed, visible, and not tried again', async () => {
  const eventId = await tell('billing.invoice.created', INVOICE);
  replies = [550];
  await send();
  await clock.advance(60 * MINUTE);
  await send();
  const [row] = await rowsOf(eventId);
  assert.deepEqual([row?.status, row?.attempts], ['failed', 1]);
  assert.match(row?.error ?? '', /550/);
});

test('with the mail server away everything keeps its place', async () => {
  const eventId = await tell('billing.invoice.created', INVOICE);
  await send('smtp://127.0.0.1:1');
  const [row] = await rowsOf(eventId);
  assert.deepEqual([row?.status, row?.attempts], ['pending', 1]);
  await clock.advance(2 * MINUTE);
  await send();
  assert.equal((await rowsOf(eventId))[0]?.status, 'sent');
});

test('a mail that someone else has claimed since may not be recorded', async () => {
  const eventId = await tell('billing.invoice.created', INVOICE);
  const mailer = {
    send: async () => {
      await inSystem(world.sql, (tx) => tx`update emails set epoch = epoch + 1 where event_id = ${eventId}`);
      return { kind: 'sent' as const };
    },
  };
  await assert.rejects(
    createMailRun({ ...world, mailer: { ...mailer, close: () => {} } }).run(never),
    Fenced,
  );
  assert.equal((await rowsOf(eventId))[0]?.status, 'pending');
});

test('header injection and markup in names do nothing', async () => {
  const name = 'Eve\r\nBcc: all@evil.example\r\n\r\n<script>alert(1)</script>"&\u202e';
  await customer('cus_eve', 'eve@customer.example', name);
  const eventId = await tell(
    'billing.invoice.created',
    { ...INVOICE, number: 'INV-1\r\nBcc: x@evil.example' },
    'cus_eve',
  );
  await send();
  const [mail] = arrived((await rowsOf(eventId))[0]?.messageId);
  assert.equal(mail?.bcc, undefined);
  assert.equal(
    mail?.headers.some((header) => header.key === 'bcc'),
    false,
  );
  assert.ok(!mail?.html?.includes('<script>'));
  assert.ok(mail?.html?.includes('&lt;script&gt;'));
  assert.ok(!mail?.html?.includes('\u202e'));
});

test('an address that is not one, and an event of an unexpected form, become failed mails and hold nobody up', async () => {
  await customer('cus_bad', 'a@b.example\r\nRCPT TO:<c@d.example>');
  const badAddress = await tell('billing.invoice.created', INVOICE, 'cus_bad');
  const badEvent = await tell('billing.invoice.created', { total: 'a lot' });
  assert.match((await rowsOf(badAddress))[0]?.error ?? '', /not a mail address/);
  assert.equal((await rowsOf(badEvent))[0]?.status, 'failed');
});
