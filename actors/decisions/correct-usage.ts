// Owns when a stored event may be set right. What meters then make of it is theirs to say.
import { type Rejection, reject } from '#actors/rejection.ts';

export type CorrectionRequest = {
  readonly kind: 'amend' | 'retract';
  /** RFC 3339 with six decimals; undefined: stays. */
  readonly time: string | undefined;
  /** Canonical JSON; undefined: stays. */
  readonly properties: string | undefined;
};

export type StoredEvent = { readonly time: string; readonly isRetracted: boolean };

/** What the event is to be, or why it stays. `latest`: the last instant at which usage may lie now. */
export function decideCorrection(
  { kind, time, properties }: CorrectionRequest,
  event: StoredEvent | undefined,
  { earliest, latest }: { readonly earliest: string; readonly latest: string },
): { readonly ok: true; readonly time: string } | Rejection {
  if (event === undefined) {
    return reject('event_not_found', 'the customer has no event of this id and source', '/id');
  }
  if (kind === 'retract') {
    if (event.isRetracted) return reject('event_retracted', 'the event is retracted already');
    return { ok: true, time: event.time };
  }
  // To say again what it said brings a retracted event back.
  if (time === undefined && properties === undefined && !event.isRetracted) {
    return reject('nothing_to_amend', 'give a time, or properties', '/properties');
  }
  if (time !== undefined && time < earliest)
    return reject('invalid_time', `time is before ${earliest}`, '/time');
  if (time !== undefined && time > latest) {
    return reject('invalid_time', "time is more than a day ahead of the customer's clock", '/time');
  }
  return { ok: true, time: time ?? event.time };
}
