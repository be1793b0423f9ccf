// Owns encryption of secrets at rest: AES-256-GCM under the application's key, bound to the place it is stored in.
// Refuses to know which secrets there are.
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Random } from './random.ts';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export type SecretBox = {
  /** Nonce, tag and ciphertext of `plain`. Only `open` with the same `place` (a row's id) reads it again. */
  seal(plain: string, place: string): Buffer;
  /** Throws when the bytes were changed, moved to another place, or sealed under another key. */
  open(sealed: Uint8Array, place: string): string;
};

/** `key` is 32 bytes; a shorter one is refused at once. */
export function createSecretBox({ key, random }: { key: Uint8Array; random: Random }): SecretBox {
  if (key.length !== KEY_BYTES) throw new RangeError(`the secret key must have ${KEY_BYTES} bytes`);
  return {
    seal(plain, place) {
      const nonce = random.bytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(place));
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    },
    open(sealed, place) {
      const nonce = sealed.subarray(0, NONCE_BYTES);
      const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(place)).setAuthTag(tag);
      const plain = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([plain, decipher.final()]).toString('utf8');
    },
  };
}
