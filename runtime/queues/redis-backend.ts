// Owns the connections of queues that live in Redis: one that fails fast for ringing, one that waits for working.
import { createRedisBackend, withBackend } from 'bullmq';
import { type CommonRedisOptions, Redis } from 'ioredis';
import { quietFaults } from '#runtime/quiet-faults.ts';
import type { BackendOptions, QueueBackend } from './backend.ts';
import { openBullQueue, openBullWorker } from './bull.ts';
import { RECONNECT_MS, RING_MS_MAX } from './settings.ts';

type RedisPatience = Pick<
  CommonRedisOptions,
  'enableOfflineQueue' | 'maxRetriesPerRequest' | 'commandTimeout'
>;

const shared = {
  retryStrategy: () => RECONNECT_MS,
  connectTimeout: 5_000,
  lazyConnect: true,
} satisfies CommonRedisOptions;

export function redisBackend(options: BackendOptions & { readonly redisUrl: string }): QueueBackend {
  const { redisUrl, clock, log } = options;
  const faults = quietFaults({ clock, log, message: 'queue server fault' });
  const bull = withBackend(createRedisBackend);
  const open: Redis[] = [];
  let ringing: Redis | undefined;
  let working: Redis | undefined;

  const connect = (more: RedisPatience): Redis => {
    const redis = new Redis(redisUrl, { ...shared, ...more });
    redis.on('error', (error: Error) => faults('redis', error));
    open.push(redis);
    return redis;
  };

  return {
    kind: 'redis',
    connectionsMax: 0,
    openQueue: (name) => {
      ringing ??= connect({
        enableOfflineQueue: false,
        maxRetriesPerRequest: 1,
        commandTimeout: RING_MS_MAX,
      });
      return openBullQueue(name, { bull, connection: ringing, faults });
    },
    openWorker: (name, worker) => {
      // A worker's commands wait for the server to come back; BullMQ insists on it.
      working ??= connect({ maxRetriesPerRequest: null });
      return openBullWorker(name, { ...worker, bull, connection: working, faults });
    },
    close: async () => {
      for (const redis of open.splice(0)) redis.disconnect();
    },
  };
}
