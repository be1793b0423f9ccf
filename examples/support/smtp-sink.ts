// Owns a mail server that keeps what it gets instead of passing it on, and can be told to misbehave.

import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

export type SinkReply =
  /** Accept. */
  | 'accept'
  /** Answer with this SMTP code. */
  | number
  /** Take the whole message, then cut the connection before the answer. */
  | 'drop';

export type SmtpSink = {
  /** For SMTP_URL. */
  readonly url: string;
  /** Parsed messages in order of arrival, also those whose connection was cut. */
  mails(): readonly Email[];
  close(): Promise<void>;
};

/** `reply` decides about the n-th message, from 1. */
export async function startSmtpSink({
  port = 0,
  reply = () => 'accept',
}: {
  port?: number;
  reply?: (attempt: number) => SinkReply;
} = {}): Promise<SmtpSink> {
  const mails: Email[] = [];
  let attempts = 0;

  const keep = async (message: Buffer, kept: () => void): Promise<void> => {
    mails.push(await PostalMime.parse(message));
    kept();
  };

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        attempts += 1;
        const answer = reply(attempts);
        if (typeof answer === 'number') {
          return done(Object.assign(new Error('the sink says no'), { responseCode: answer }));
        }
        void keep(Buffer.concat(chunks), () => {
          if (answer === 'accept') return done();
          for (const connection of server.connections) {
            if (connection.session?.id === session.id) connection.close();
          }
        });
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });

  const { port: taken } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${taken}`,
    mails: () => mails,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}
