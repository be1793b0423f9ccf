// Owns the SMTP connections and the form of a message on the wire.
// Refuses to know what a mail is about and when it is tried again.
import { createTransport } from 'nodemailer';
import { bareAddress } from './address.ts';
import { oneLine } from './content.ts';

const CONNECTIONS_MAX = 5;
const CONNECT_MS_MAX = 10_000;
const GREETING_MS_MAX = 10_000;
/** Silence on the socket; also bounds how long a server may think before it accepts. */
const SILENCE_MS_MAX = 30_000;
const ERROR_CHARS_MAX = 500;

/** Replies to these name the message or its addresses; a refusal is final. All else is about the connection. */
const FINAL_CODES: readonly string[] = ['EENVELOPE', 'EMESSAGE'];
const PERMANENT_REPLY_MIN = 500;

export type OutgoingMail = {
  readonly senderName: string;
  readonly recipient: string;
  readonly subject: string;
  readonly textBody: string;
  readonly htmlBody: string;
  readonly messageId: string;
};

export type MailOutcome =
  | { readonly kind: 'sent' }
  /** Never repeat it: the server refused this message or this recipient for good. */
  | { readonly kind: 'refused'; readonly error: string }
  /** Repeat it later: whether the server has it is unknown, the Message-ID stays the same. */
  | { readonly kind: 'unsent'; readonly error: string };

export type Mailer = {
  send(mail: OutgoingMail): Promise<MailOutcome>;
  close(): void;
};

/** `smtpUrl` is smtp:// (STARTTLS where offered) or smtps://; `from` an address with or without a name. */
export function createMailer({ smtpUrl, from }: { readonly smtpUrl: string; readonly from: string }): Mailer {
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: CONNECTIONS_MAX,
    connectionTimeout: CONNECT_MS_MAX,
    greetingTimeout: GREETING_MS_MAX,
    socketTimeout: SILENCE_MS_MAX,
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  return {
    async send(mail) {
      try {
        await transport.sendMail({
          from: { name: oneLine(mail.senderName), address: bareAddress(from) },
          to: { name: '', address: mail.recipient },
          subject: mail.subject,
          text: mail.textBody,
          html: mail.htmlBody,
          messageId: mail.messageId,
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        });
        return { kind: 'sent' };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    close: () => transport.close(),
  };
}

function outcomeOf(error: unknown): MailOutcome {
  if (!(error instanceof Error)) throw error;
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const text = error.message.replaceAll('\0', '').slice(0, ERROR_CHARS_MAX);
  const isFinal = FINAL_CODES.includes(String(code)) && Number(responseCode) >= PERMANENT_REPLY_MIN;
  return isFinal ? { kind: 'refused', error: text } : { kind: 'unsent', error: text };
}
