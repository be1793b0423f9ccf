// Owns the signature of a delivery, as Standard Webhooks 1.0 defines it (v1, HMAC-SHA256).
// Refuses to know where secrets are kept.
import { createHmac } from 'node:crypto';

const SECRET_PREFIX = 'whsec_';
/** The specification asks for 24 to 64 bytes. */
const SECRET_BYTES_MIN = 24;
const SECRET_BYTES_MAX = 64;

export type SignedMessage = {
  /** Without dots, because dots join the signed parts. */
  readonly id: string;
  /** Of this attempt, in unix seconds. */
  readonly timestamp: number;
  readonly body: string;
};

/** The key inside a `whsec_` text. Throws RangeError for a text that is not such a secret. */
function secretKey(secret: string): Buffer {
  const encoded = secret.slice(SECRET_PREFIX.length);
  const key = Buffer.from(encoded, 'base64');
  const isSecret = secret.startsWith(SECRET_PREFIX) && key.toString('base64') === encoded;
  if (!isSecret || key.length < SECRET_BYTES_MIN || key.length > SECRET_BYTES_MAX) {
    throw new RangeError(`a signing secret is ${SECRET_PREFIX} and base64 of 24 to 64 bytes`);
  }
  return key;
}

/** The three headers of one attempt, with one signature for each secret: two while a rotation overlaps. */
export function signatureHeaders(
  message: SignedMessage,
  secrets: readonly string[],
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  if (message.id.includes('.')) throw new RangeError('a message id must not contain a dot');
  const signed = `${message.id}.${message.timestamp}.${message.body}`;
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', secretKey(secret)).update(signed).digest('base64')}`,
  );
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestamp),
    'webhook-signature': signatures.join(' '),
  };
}
