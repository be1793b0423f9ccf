// Owns who is calling and whether this operation is theirs to run: bearer key → tenant and role, or the operator key.
// Refuses to know how keys are stored.
import { createHash, timingSafeEqual } from 'node:crypto';
import { ACCESS, allows, type OperationId, type Role } from './access.ts';
import type { HttpDeps } from './deps.ts';
import { type Refusal, refuse } from './problem.ts';

const BEARER = /^Bearer +([\x21-\x7e]{1,500})$/i;

export type Caller = {
  readonly ok: true;
  readonly tenant: string;
  readonly role: Role | undefined;
  readonly keyId: string | undefined;
};

/** The caller, or `unauthenticated` (no key, a bad one) or `forbidden` (a key whose role may not). */
export async function authorize(
  operation: OperationId,
  header: string | null,
  { apiKeys, operatorKey }: Pick<HttpDeps, 'apiKeys' | 'operatorKey'>,
): Promise<Caller | Refusal> {
  const key = header === null ? undefined : BEARER.exec(header)?.[1];
  if (key === undefined) return unauthenticated('Send Authorization: Bearer and an API key.');
  if (operatorKey !== undefined && isSame(key, operatorKey)) {
    if (ACCESS[operation] === 'operator_key')
      return { ok: true, tenant: '', role: undefined, keyId: undefined };
    return refuse('forbidden', 'The operator key creates tenants; use a key of a tenant here.');
  }
  const found = await apiKeys.authenticate(key);
  if (found === undefined) return unauthenticated('The API key is unknown, expired or revoked.');
  if (allows(operation, found.role)) {
    const { tenantId: tenant, role, keyId } = found;
    return { ok: true, tenant, role, keyId };
  }
  return refuse('forbidden', `A key with the role ${found.role} may not do this.`);
}

function unauthenticated(detail: string): Refusal {
  return refuse('unauthenticated', detail, { 'www-authenticate': 'Bearer realm="accrue"' });
}

/** Constant time whatever the lengths: both are hashed first. */
function isSame(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
