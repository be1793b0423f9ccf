// Owns the connections on which the statements of all queues and workers follow each other, none waiting for the answer to
// the one before: the server goes from one to the next without falling asleep, and few of its processes are awake.
import pg from 'pg';

type Line = { readonly client: Promise<pg.PoolClient>; unanswered: number };

export type Pipeline = {
  query(text: string, values?: unknown[]): Promise<pg.QueryResult>;
  /** Gives the connections back; what has been asked is still answered. */
  close(): Promise<void>;
};

/**
 * SQLSTATE of a prepared statement whose result has got other columns, because somebody has migrated the tables, and of one
 * that is not there, or there already, because preparing it broke off.
 */
const OUTDATED: ReadonlySet<string | undefined> = new Set(['0A000', '26000', '42P05']);

/** Takes connections of a pool in pipeline mode when they are needed, and another one for each that is lost. */
export function createPipeline(pool: pg.Pool, linesMax: number): Pipeline {
  const lines = new Set<Line>();
  const nameOf = namesOfTexts();
  let closed = false;

  const leave = async (line: Line): Promise<void> => {
    if (lines.delete(line)) (await line.client).release(true);
  };

  const open = (): Line => {
    const line: Line = { client: pool.connect(), unanswered: 0 };
    lines.add(line);
    line.client.then(
      (client) => {
        client.once('error', () => void leave(line));
        client.once('end', () => void leave(line));
      },
      () => lines.delete(line),
    );
    return line;
  };

  const leastAsked = (): Line => {
    const [least] = [...lines].sort((a, b) => a.unanswered - b.unanswered);
    return least === undefined || (least.unanswered > 0 && lines.size < linesMax) ? open() : least;
  };

  return {
    query: async (text, values = []) => {
      if (closed) throw new Error('the queues of this process are closed');
      const line = leastAsked();
      line.unanswered += 1;
      try {
        const client = await line.client;
        return await client.query({ name: nameOf(text), text, values });
      } catch (error) {
        if (error instanceof pg.DatabaseError && OUTDATED.has(error.code)) await leave(line);
        throw error;
      } finally {
        line.unanswered -= 1;
      }
    },
    close: async () => {
      closed = true;
      await Promise.allSettled([...lines].map(leave));
    },
  };
}

/** Names for statements that are to stay prepared. BullMQ has some sixty texts, none of them made up as it goes. */
function namesOfTexts(): (text: string) => string {
  const names = new Map<string, string>();
  return (text) => {
    const name = names.get(text) ?? `queue_${names.size}`;
    names.set(text, name);
    return name;
  };
}
