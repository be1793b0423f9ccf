// Owns a whole process for HTTP tests: its own database, workers on the Postgres queues, the app without a socket, two
// tenants that know nothing of each other, and a key for every role.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inTenant } from '#db/scope.ts';
import { ROLES, type Role } from '#http/access.ts';
import { createApiKeys } from '#runtime/api-keys.ts';
import { systemClock } from '#runtime/clock.ts';
import { createIds } from '#runtime/ids.ts';
import { createLog } from '#runtime/log.ts';
import { systemRandom } from '#runtime/random.ts';
import { type Billing, createBilling } from '../../index.ts';
import { testDatabase } from './database.ts';
import { checkDocumented } from './documented-answers.ts';

export const OPERATOR_KEY = 'operator-key-of-the-http-tests';

export type Asked = {
  readonly key?: string | undefined;
  /** Sent as JSON; a text or bytes are sent as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Answered = {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed if it is JSON, else text. */
  readonly body: unknown;
  /** What a JSON pointer finds in the body; undefined if nothing. */
  at(pointer: string): unknown;
  /** The text a JSON pointer finds. */
  text(pointer: string): string;
  /** The list a JSON pointer finds. */
  list(pointer: string): readonly unknown[];
};

export type HttpTenant = { readonly id: string; readonly key: string; readonly keys: Record<Role, string> };

export type HttpWorld = Awaited<ReturnType<typeof httpWorld>>;

/** `url` replaces the database's own address, for tests that put something in between. */
export async function httpWorld({ through = (url: string) => Promise.resolve(url) } = {}) {
  const database = await testDatabase({ max: 3 });
  const dataDir = await mkdtemp(join(tmpdir(), 'accrue-http-'));
  const lines: string[] = [];
  const clock = systemClock();
  const log = createLog({ level: 'warn', clock, write: (line) => void lines.push(line) });
  const billing = await createBilling({
    settings: {
      NODE_ENV: 'test',
      DATABASE_URL: await through(database.url),
      ACCRUE_DATA_DIR: dataDir,
      ACCRUE_OPERATOR_KEY: OPERATOR_KEY,
      ACCRUE_SECRET_KEY: randomBytes(32).toString('base64'),
      ACCRUE_WEBHOOK_ALLOW_PRIVATE: 'true',
    },
    clock,
    log,
  });

  /** Every answer must be what the API document says of it. */
  const call = async (method: string, path: string, asked: Asked = {}): Promise<Answered> => {
    const answered = await ask(billing, `/api/v1/billing${path}`, { ...asked, method });
    checkDocumented(method, path, answered);
    return answered;
  };

  const tenant = async (name: string): Promise<HttpTenant> => {
    const created = await call('POST', '/tenants', { key: OPERATOR_KEY, body: { name, sandbox: true } });
    if (created.status !== 201) throw new Error(`no tenant: ${JSON.stringify(created.body)}`);
    const id = created.text('/id');
    const key = created.text('/apiKey/key');
    const random = systemRandom();
    const apiKeys = createApiKeys({ sql: database.sql, clock, ids: createIds({ clock, random }), random });
    const keys = {} as Record<Role, string>;
    for (const role of ROLES) {
      const issued = await inTenant(database.sql, id, (tx) =>
        apiKeys.issue(tx, { tenantId: id, sandbox: true, name: role, role }),
      );
      keys[role] = issued.key;
    }
    return { id, key, keys };
  };

  return {
    ...billing,
    database,
    lines,
    call,
    tenant,
    /** A path below the root. */
    page: (path: string, headers: Record<string, string> = {}) =>
      ask(billing, path, { method: 'GET', headers }),
    close: async () => {
      await billing.close();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function ask(
  { app }: Billing,
  path: string,
  { method, key, body, headers = {} }: Asked & { readonly method: string },
): Promise<Answered> {
  const raw = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  const response = await app.request(path, {
    method,
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: raw ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const answer: unknown = isJson ? JSON.parse(text) : text;
  const at = (pointer: string): unknown => lookUp(answer, pointer);
  const list = (pointer: string): readonly unknown[] => {
    const found = at(pointer);
    if (!Array.isArray(found)) throw new Error(`no list at ${pointer} of ${text.slice(0, 500)}`);
    return found;
  };
  const textAt = (pointer: string): string => {
    const found = at(pointer);
    if (typeof found !== 'string') throw new Error(`no text at ${pointer} of ${text.slice(0, 500)}`);
    return found;
  };
  return { status: response.status, headers: response.headers, body: answer, at, text: textAt, list };
}

/** What a JSON pointer finds in a value; undefined if nothing. */
export function lookUp(value: unknown, pointer: string): unknown {
  let found = value;
  for (const step of pointer.split('/').slice(1)) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Record<string, unknown>)[step.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return found;
}
