// Owns the answer of a command and its stored form. A secret in an answer is stored sealed, so that nobody who reads
// the table reads it, and opens for a repeated request only as long as idempotency keys are promised to hold.
import { type WallTime, wallTime } from '#actors/calendar/time.ts';
import type { Outcome } from '#actors/rejection.ts';
import type { SecretBox } from './secret-box.ts';

const SECRET_READABLE_HOURS = 24;

/** As stored in commands.result. `sealed` is base64 of a sealed JSON object whose members belong to `data`. */
export type StoredOutcome = Outcome & { readonly sealed?: string };

/** The stored form of an answer whose `secrets` are shown with its data, but not kept readable. */
export function sealOutcome(
  data: object,
  secrets: Readonly<Record<string, string>>,
  place: { readonly box: SecretBox; readonly commandId: string },
): StoredOutcome {
  const sealed = place.box.seal(JSON.stringify(secrets), place.commandId).toString('base64');
  return { ok: true, data, sealed };
}

/** The answer as its sender sees it at `now`. */
export function openOutcome(
  stored: StoredOutcome,
  place: {
    readonly box: SecretBox;
    readonly commandId: string;
    readonly decidedAt: string;
    readonly now: WallTime;
  },
): Outcome {
  const { sealed, ...outcome } = stored;
  if (sealed === undefined || !outcome.ok) return outcome;
  const readableUntil = wallTime(place.decidedAt).add({ hours: SECRET_READABLE_HOURS });
  if (Temporal.Instant.compare(place.now, readableUntil) >= 0) return outcome;
  const secrets: unknown = JSON.parse(place.box.open(Buffer.from(sealed, 'base64'), place.commandId));
  return { ok: true, data: Object.assign({}, outcome.data, secrets) };
}
