// Owns the notify job: `outbox` hands billing events on, `mail` sends the mails that are due.
import type { MailRun } from '#notifications/email/mail-run.ts';
import type { Relay } from '#notifications/relay.ts';
import { TerminalError } from '#runtime/errors.ts';
import type { Processor } from '#runtime/queues/workers.ts';

/** `mails` is undefined where no mail server is configured. */
export function notifyJob({
  relay,
  mails,
}: {
  readonly relay: Relay;
  readonly mails: MailRun | undefined;
}): Processor {
  return async ({ key }, signal) => {
    switch (key) {
      case 'outbox':
        return relay.run(signal);
      case 'mail':
        return mails?.run(signal);
      default:
        throw new TerminalError(`notify has no work called ${key}`);
    }
  };
}
