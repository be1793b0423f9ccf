// Owns API keys: their text form, their making, and finding whose key a text is. Rows of keys hold a SHA-256 only.
// A key names its tenant, so that looking it up needs no view across tenants.
import { createHash, timingSafeEqual } from 'node:crypto';
import { compareInstants } from '#actors/calendar/instants.ts';
import { instantText, wallTime } from '#actors/calendar/time.ts';
import { inTenant, type Sql, type Tx } from '#db/scope.ts';
import { type ApiKeyRole, type ApiKeyRow, findApiKey, insertApiKey } from '#db/tenants.ts';
import type { Clock } from './clock.ts';
import type { Ids } from './ids.ts';
import { createBoundedCache } from './ingest/bounded-cache.ts';
import type { Random } from './random.ts';

const SECRET_BYTES = 32;
const FORM = /^acc_(live|test)_([0-9a-z]{16})_([0-9a-z]{16})_[0-9a-f]{64}$/;
/** How long a key may go on working after it was revoked. */
const REMEMBERED_MS = 30_000;
const REMEMBERED_MAX = 10_000;

export type ApiKeyOwner = {
  readonly tenantId: string;
  readonly keyId: string;
  readonly role: ApiKeyRole;
};

export type ApiKeys = {
  /** Whose key this is; undefined for any text that is not a key in force. Holds for 30 s after a revocation. */
  authenticate(key: string): Promise<ApiKeyOwner | undefined>;
  /** Makes a key inside a transaction of the tenant. The text is shown here and never again. */
  issue(
    tx: Tx,
    grant: {
      readonly tenantId: string;
      readonly sandbox: boolean;
      readonly name: string;
      readonly role: ApiKeyRole;
    },
  ): Promise<{ readonly id: string; readonly key: string }>;
};

type ApiKeysDeps = { readonly sql: Sql; readonly clock: Clock; readonly ids: Ids; readonly random: Random };
type Remembered = { readonly row: ApiKeyRow; readonly untilMs: number };

export function createApiKeys({ sql, clock, ids, random }: ApiKeysDeps): ApiKeys {
  // By hash, so that a dump of the heap holds no keys; refusals are looked up each time.
  const remembered = createBoundedCache<Remembered>(REMEMBERED_MAX);

  const find = async (
    hash: Buffer,
    named: { tenantId: string; keyId: string },
  ): Promise<ApiKeyRow | undefined> => {
    const mark = hash.toString('base64');
    const known = remembered.get(mark);
    if (known !== undefined && clock.monotonicMs() < known.untilMs) return known.row;
    remembered.delete(mark);
    const row = await inTenant(sql, named.tenantId, (tx) => findApiKey(tx, named.keyId));
    if (row === undefined || !timingSafeEqual(hash, row.secretHash)) return undefined;
    remembered.set(mark, { row, untilMs: clock.monotonicMs() + REMEMBERED_MS });
    return row;
  };

  return {
    async authenticate(key) {
      const [, mode, tenant, own] = FORM.exec(key) ?? [];
      if (mode === undefined) return undefined;
      const row = await find(hashOf(key), { tenantId: `ten_${tenant}`, keyId: `key_${own}` });
      if (row === undefined || row.sandbox !== (mode === 'test')) return undefined;
      const expired = row.expiresAt !== null && compareInstants(wallTime(row.expiresAt), clock.wall()) <= 0;
      return expired ? undefined : { tenantId: row.tenantId, keyId: row.id, role: row.role };
    },

    async issue(tx, { tenantId, sandbox, name, role }) {
      const { id, key, secretHash } = makeApiKey({ ids, random }, { id: tenantId, sandbox });
      const createdAt = instantText(clock.wall());
      await insertApiKey(tx, { id, tenantId, name, secretHash, role, createdAt });
      return { id, key };
    },
  };
}

/** A new key of a tenant: its text, to be shown once, and what is kept of it. */
export function makeApiKey(
  { ids, random }: { readonly ids: Ids; readonly random: Random },
  tenant: { readonly id: string; readonly sandbox: boolean },
): { readonly id: string; readonly key: string; readonly secretHash: Buffer } {
  const id = ids('key');
  const secret = Buffer.from(random.bytes(SECRET_BYTES)).toString('hex');
  const key = `acc_${tenant.sandbox ? 'test' : 'live'}_${suffix(tenant.id)}_${suffix(id)}_${secret}`;
  return { id, key, secretHash: hashOf(key) };
}

/** A fast hash is right for 256 random bits; a slow one would only be a lever for denial of service. */
function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

function suffix(id: string): string {
  return id.slice(id.indexOf('_') + 1);
}
