// Owns the sending of due mails: claim under lease and epoch, send, record fenced (protocols H9).
import { instantText, type WallTime, wallTime } from '#actors/calendar/time.ts';
import { renewClaims } from '#db/claims.ts';
import { type ClaimedEmail, claimEmails, type EmailResult, recordEmail } from '#db/emails.ts';
import { inSystem, inTenant, type Sql } from '#db/scope.ts';
import type { Clock } from '#runtime/clock.ts';
import { type Crossing, straightAcross } from '#runtime/crash-points.ts';
import { Fenced } from '#runtime/errors.ts';
import { claimFromNow, holding } from '#runtime/holding.ts';
import type { Log } from '#runtime/log.ts';
import type { Metrics } from '#runtime/metrics.ts';
import type { Random } from '#runtime/random.ts';
import { withTrace } from '#runtime/trace.ts';
import type { Mailer, MailOutcome } from './mailer.ts';

/** As many as the mailer has connections, so that a claimed mail is on its way at once. */
const MAILS_PER_CLAIM = 5;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Delay after the n-th try: about two days in ten tries. */
const DELAYS_MS = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  8 * HOUR_MS,
  12 * HOUR_MS,
  24 * HOUR_MS,
] as const;
const JITTER = 0.2;

export type MailRunDeps = {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'mails'>;
  readonly mailer: Mailer;
  readonly cross?: Crossing;
};

export type MailRun = {
  /** Sends due mails until none is left, none can be sent, or the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
};

export function createMailRun(deps: MailRunDeps): MailRun {
  const { sql, clock, cross = straightAcross } = deps;

  const claim = (): Promise<ClaimedEmail[]> =>
    inSystem(sql, (tx) => claimEmails(tx, { ...claimFromNow(clock), max: MAILS_PER_CLAIM }));

  return {
    async run(signal) {
      while (!signal.aborted) {
        const mails = await cross('mail.claim', claim);
        const renew = (leaseUntil: string) =>
          inSystem(sql, (tx) => renewClaims(tx, 'emails', { claims: mails, leaseUntil }));
        const settled = await holding(clock, renew, () =>
          Promise.allSettled(mails.map((mail) => sendOne(deps, mail))),
        );
        const failed = settled.find((one) => one.status === 'rejected');
        if (failed !== undefined) throw failed.reason;
        // With nobody to talk to, the rest keeps its place until the sweep rings again.
        const reached = settled.some((one) => one.status === 'fulfilled' && one.value !== 'pending');
        if (!reached || mails.length < MAILS_PER_CLAIM) return;
      }
    },
  };
}

async function sendOne(deps: MailRunDeps, mail: ClaimedEmail): Promise<EmailResult['status']> {
  const { sql, clock, random, mailer, metrics, log, cross = straightAcross } = deps;
  const span = { name: 'mail', parent: mail.trace, kind: 'client' as const };
  const outcome = await cross('mail.send', () => withTrace(span, () => mailer.send(mail)));
  const now = clock.wall();
  const result = resultOf(outcome, { tries: mail.attemptCount + 1, now, random });
  const record = { result, now: instantText(now) };
  const recorded = await cross('mail.record', () =>
    inTenant(sql, mail.tenantId, (tx) => recordEmail(tx, mail, record)),
  );
  metrics.mails.add(1, { outcome: result.status === 'pending' ? 'retried' : result.status });
  if (result.status === 'failed') log.warn('mail failed', { mail: mail.id, error: result.error });
  if (!recorded) throw new Fenced(`mail ${mail.id} was claimed by someone else`);
  return result.status;
}

function resultOf(
  outcome: MailOutcome,
  { tries, now, random }: { readonly tries: number; readonly now: WallTime; readonly random: Random },
): EmailResult {
  if (outcome.kind === 'sent') return { status: 'sent' };
  const delay = DELAYS_MS[tries - 1];
  if (outcome.kind === 'refused' || delay === undefined) return { status: 'failed', error: outcome.error };
  const delayMs = Math.round(delay * (1 + JITTER * (2 * random.number() - 1)));
  const nextAttemptAt = instantText(wallTime(now.add({ milliseconds: delayMs })));
  return { status: 'pending', error: outcome.error, nextAttemptAt };
}
