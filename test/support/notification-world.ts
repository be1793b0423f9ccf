// Owns a small world around notifications: a tenant with customers and endpoints, events in its outbox, a clock moved by
// hand, and a bell that only remembers. Times begin at the present, because the official verifier compares with it.
import { createHash } from 'node:crypto';
import { instantText, wallTime } from '#actors/calendar/time.ts';
import { inTenant } from '#db/scope.ts';
import { appendTenantEvent } from '#db/tenant-events.ts';
import { insertWebhookEndpoint } from '#db/webhook-endpoints.ts';
import { createRelay } from '#notifications/relay.ts';
import { createDispatcher } from '#notifications/webhooks/dispatcher.ts';
import { createRecorder } from '#notifications/webhooks/recorder.ts';
import { createSender } from '#notifications/webhooks/sender.ts';
import type { Clock } from '#runtime/clock.ts';
import { createIds } from '#runtime/ids.ts';
import { createLog } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import type { Bell } from '#runtime/queues/bell.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import { createSecretBox } from '#runtime/secret-box.ts';
import { testDatabase } from './database.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';
import { seededRandom } from './seeded-random.ts';
import { seedCustomer, seedTenant } from './seeds.ts';

export const TENANT = 'ten_notify';
export const MAIL_FROM = 'Accrue Test <billing@seller.example>';

export type EventSeed = {
  readonly type?: string;
  readonly customerId?: string | null;
  readonly sequence?: number | null;
  readonly data?: object;
  readonly objectId?: string;
};

export type AttemptView = {
  readonly outcome: string;
  readonly status: number | null;
  readonly excerpt: string | null;
};
export type DeliveryView = {
  readonly id: string;
  readonly messageId: string;
  readonly status: string;
  readonly nextAttemptAt: string | null;
  readonly attempts: readonly AttemptView[];
};

const random = seededRandom(7);

export async function notificationWorld({
  clock = manualClock(new Date().toISOString()),
}: {
  clock?: Clock;
} = {}) {
  const database = await testDatabase({ max: 10 });
  const { sql } = database;
  const ids = createIds({ clock, random });
  const lines: string[] = [];
  const log = createLog({ level: 'debug', clock, write: (line) => void lines.push(line) });
  const box = createSecretBox({ key: createHash('sha256').update('test').digest(), random });
  const metrics = createMetrics();
  const rings: Ring[] = [];
  const bell: Bell = { ring: async (more) => void rings.push(...more), close: async () => {} };
  await seedTenant(sql, TENANT);
  const sender = createSender({ clock, log, allowPrivate: true });
  const recorder = createRecorder({ sql, clock, ids, random, bell, log, metrics });
  const dispatcher = createDispatcher({ sql, clock, bell, box, sender, recorder });
  const relay = createRelay({ sql, clock, ids, bell, log, mailFrom: MAIL_FROM });
  const never = new AbortController().signal;
  const nowText = (): string => instantText(clock.wall());

  return {
    sql,
    clock,
    ids,
    log,
    lines,
    box,
    metrics,
    rings,
    bell,
    sender,
    relay,
    dispatcher,
    random,

    async endpoint(
      url: string,
      options: { eventTypes?: string[]; concurrency?: number; tenantId?: string } = {},
    ) {
      const { eventTypes = [], concurrency = 5, tenantId = TENANT } = options;
      const id = ids('whe');
      const secret = `whsec_${Buffer.from(random.bytes(32)).toString('base64')}`;
      const row = {
        id,
        tenantId,
        url,
        secret: box.seal(secret, id),
        eventTypes,
        concurrency,
        createdAt: nowText(),
      };
      await inTenant(sql, tenantId, (tx) => insertWebhookEndpoint(tx, row));
      return { id, secret };
    },

    customer: (id: string) => seedCustomer(sql, TENANT, { id }),

    async events(...seeds: EventSeed[]): Promise<string[]> {
      return await inTenant(sql, TENANT, async (tx) => {
        const made: string[] = [];
        for (const seed of seeds) {
          const {
            type = 'billing.invoice.paid',
            customerId = null,
            sequence = null,
            data = { total: '100' },
          } = seed;
          const id = ids('evt');
          const row = {
            id,
            tenantId: TENANT,
            customerId,
            sequence,
            type,
            data,
            objectType: type.split('.')[1] ?? '',
          };
          const times = { occurredAt: nowText(), createdAt: nowText(), trace: null };
          await appendTenantEvent(tx, { ...row, ...times, objectId: seed.objectId ?? 'obj_1' });
          made.push(id);
        }
        return made;
      });
    },

    fanOut: () => relay.run(never),
    dispatch: (endpointId: string, signal: AbortSignal = never) =>
      dispatcher.dispatch(TENANT, endpointId, signal),

    deliveries: (endpointId: string): Promise<DeliveryView[]> =>
      inTenant(
        sql,
        TENANT,
        (tx) => tx<DeliveryView[]>`
          select d.id, d.message_id as "messageId", d.status, d.next_attempt_at as "nextAttemptAt", coalesce((
            select json_agg(json_build_object('outcome', a.outcome, 'status', a.status_code, 'excerpt', a.response_excerpt)
              order by a.number) from webhook_attempts a where a.delivery_id = d.id), '[]') as attempts
          from webhook_deliveries d where d.endpoint_id = ${endpointId} order by d.id`,
      ),

    async endpointRow(id: string) {
      const rows = await inTenant(
        sql,
        TENANT,
        (tx) => tx<
          { status: string; reason: string | null; failingSince: string | null; resumeAt: string | null }[]
        >`select status, disabled_reason as reason, failing_since as "failingSince", resume_at as "resumeAt"
          from webhook_endpoints where id = ${id}`,
      );
      const [row] = rows;
      if (row === undefined) throw new Error(`no endpoint ${id}`);
      return row;
    },

    /** Milliseconds from the world's present to `at`. */
    until: (at: string | null): number =>
      wallTime(at ?? '')
        .since(clock.wall())
        .total('milliseconds'),

    close: async () => {
      await sender.close();
      await database.close();
    },
  };
}

export type NotificationWorld = Awaited<ReturnType<typeof notificationWorld>>;

/** Moves a manual clock until `work` has ended: for calls that only their deadline ends. */
export async function passTime<T>(clock: ManualClock, stepMs: number, work: Promise<T>): Promise<T> {
  let ended = false;
  const done = work.finally(() => {
    ended = true;
  });
  while (!ended) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (clock.sleeping() > 0) await clock.advance(stepMs);
  }
  return await done;
}
