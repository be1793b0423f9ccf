// Owns telling the demo's story to a fleet of processes, with trouble at chosen moments, and what must be true at its end.
import assert from 'node:assert/strict';
import { type Ending, tellStory } from '../../examples/demo/story.ts';
import type { Terminal } from '../../examples/demo/terminal.ts';
import { startSmtpSink } from '../../examples/support/smtp-sink.ts';
import { startWebhookReceiver } from '../../examples/support/webhook-receiver.ts';
import { sickOf } from './examined.ts';
import { type Fleet, type Settings, startFleet } from './fleet.ts';
import { type QueueServer, queueServer } from './queue-backends.ts';
import type { Backend } from './story-world.ts';

/** Longer than any lease of a killed process: what it had claimed is taken over. */
const PATIENCE_MS = 240_000;

/** Where the story is: the n-th step of a name, and how far it has come. */
export type Moment = { readonly step: string; readonly count: number; readonly done: number };

export type Stage = { readonly server: QueueServer; readonly fleet: Fleet };

/** Trouble that is made once, beside the story, from the moment at which `when` holds; one after the other. */
export type Trouble = {
  readonly when: (moment: Moment) => boolean;
  readonly make: (stage: Stage) => Promise<void>;
};

export type Telling = {
  readonly troubles?: readonly Trouble[];
  /** Puts lines that can be cut between the fleet and its servers. */
  readonly through?: (server: QueueServer) => Promise<Pick<QueueServer, 'databaseUrl' | 'redisUrl'>>;
};

/** Tells the whole story to two webs and two workers on `backend`. Rejects when trouble could not be made. */
export async function tellToFleet(
  backend: Backend,
  { troubles = [], through = async (server) => server }: Telling = {},
): Promise<{ ending: Ending; errors: readonly string[] }> {
  const server = await queueServer(backend);
  assert.ok(server);
  const mailbox = await startSmtpSink();
  const receiver = await startWebhookReceiver();
  const { databaseUrl, redisUrl } = await through(server);
  const settings: Settings = {
    DATABASE_URL: databaseUrl,
    SMTP_URL: mailbox.url,
    ACCRUE_WEBHOOK_ALLOW_PRIVATE: 'true',
    ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
  };
  const fleet = await startFleet(settings);
  const trouble = troubleMaker(troubles, { server, fleet });
  try {
    const ending = await tellStory({
      servers: { origins: originsOf(fleet), patienceMs: PATIENCE_MS, signal: trouble.failed },
      operatorKey: fleet.operatorKey,
      receiver,
      mailbox,
      terminal: watching(trouble.watch),
      arrivalMs: PATIENCE_MS,
    });
    await trouble.over();
    const problems = [...ending.problems, ...(await sickOf(server.databaseUrl))];
    return { ending: { ...ending, problems }, errors: fleet.errors() };
  } catch (error) {
    await trouble.over();
    throw error;
  } finally {
    await fleet.close();
    await Promise.all([mailbox.close(), receiver.close(), server.close()]);
  }
}

function originsOf({ members }: Fleet): string[] {
  return members.filter(({ role }) => role === 'web').map(({ origin }) => origin);
}

/** Makes each trouble in its time; the first that fails ends the story. */
function troubleMaker(troubles: readonly Trouble[], stage: Stage) {
  const stop = new AbortController();
  const waiting = [...troubles];
  let made = Promise.resolve();

  return {
    failed: stop.signal,
    watch: (moment: Moment): void => {
      for (const trouble of waiting.filter(({ when }) => when(moment))) {
        waiting.splice(waiting.indexOf(trouble), 1);
        made = made.then(() => trouble.make(stage));
        made.catch((error: unknown) => stop.abort(error));
      }
    },
    /** Waits for what was begun. */
    over: async (): Promise<void> => {
      await made;
      if (!stop.signal.aborted) assert.equal(waiting.length, 0, 'trouble that was never made');
    },
  };
}

/** A terminal that shows nothing and tells of each moment. */
function watching(watch: (moment: Moment) => void): Terminal {
  const counts = new Map<string, number>();
  return {
    say: () => undefined,
    table: () => undefined,
    fail: () => undefined,
    step: (step) => {
      const count = (counts.get(step) ?? 0) + 1;
      counts.set(step, count);
      watch({ step, count, done: 0 });
      return {
        progress: (done) => watch({ step, count, done }),
        note: () => undefined,
        done: () => undefined,
      };
    },
  };
}
