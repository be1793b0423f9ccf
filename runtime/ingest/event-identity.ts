// Owns what makes two events the same (tenant, source, id) and what makes them equal (everything else), as hashes.
import { hash } from 'node:crypto';
import { propertyDecimal } from '#actors/usage/property.ts';
import type { UsageEvent } from './usage-event.ts';

/** First 16 bytes of sha256 over tenant, source and id, in hex. NUL parts them: no checked text can hold one. */
export function identityKey(tenantId: string, event: Pick<UsageEvent, 'source' | 'id'>): string {
  return hash('sha256', `${tenantId}\0${event.source}\0${event.id}`, 'hex').slice(0, 32);
}

/**
 * 64 bits over the canonical event, as a signed decimal (protocols H4): type, customer by our own id, subscription, time
 * if it was given, properties. Another spelling of the same values has the same hash (decision 0068).
 */
export function bodyHash(event: UsageEvent, customerId: string): string {
  const parts = [event.type, customerId, event.subscription ?? '', event.time ?? '', comparable(event.text)];
  const digest = hash('sha256', parts.join('\0'), 'hex');
  return BigInt.asIntN(64, BigInt(`0x${digest.slice(0, 16)}`)).toString();
}

/** A text that is all of a value and may be a number; what stands before it is never part of a text. */
const NUMBER_AS_TEXT = /(?<=[:[,])"(-?\d[\d.eE+-]*)"(?=[,\]}])/g;

/** Canonical JSON in which each number that is sent as text is the number. */
function comparable(text: string): string {
  return text.replace(NUMBER_AS_TEXT, (quoted, digits: string) => propertyDecimal(digits) ?? quoted);
}

/** 16 bytes in hex that are equal exactly when two texts are. */
export function textKey(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}
