// Owns which rings share a transaction: those of one tenant that wait while the turns before them run, as commits of a
// database share a flush. Refuses to know what a turn does.

/** Customers of one transaction (protocols H2): what is fixed in a turn has all but vanished. */
const CUSTOMERS_MAX = 50;

/**
 * Transactions of turns at a time, and how many customers must wait for one. More that take anybody would gather fewer each
 * (measured); one that is full goes beside them, so that while others wait for the disk or a processor it has work.
 */
const LANES = { anybody: { most: 3, least: 1 }, full: { most: 1, least: CUSTOMERS_MAX } } as const;

export type SharedTurns = {
  /** Resolves when a turn that began after this call has been committed; rejects with what this customer's own turn threw. */
  run(tenant: string, customerId: string): Promise<void>;
};

export type SharedTurnsDeps = {
  /** One turn for all of them, or for none. On any error each has a turn of its own (protocols H2). */
  together(tenant: string, customerIds: readonly string[]): Promise<unknown>;
  /** The turn of one customer with all that becomes of one that fails. */
  alone(tenant: string, customerId: string): Promise<unknown>;
};

type Waiters = Map<string, PromiseWithResolvers<void>>;

/** A ring that finds no turn running is answered at once, and alone. */
export function sharedTurns({ together, alone }: SharedTurnsDeps): SharedTurns {
  /** By tenant, in the order in which they came; by customer, because two rings of one are answered by one turn. */
  const waiting = new Map<string, Waiters>();
  const running = { anybody: 0, full: 0 };

  const turn = async (tenant: string, waiters: Waiters): Promise<void> => {
    if (waiters.size > 1 && (await succeeds(together(tenant, [...waiters.keys()])))) {
      for (const waiter of waiters.values()) waiter.resolve();
      return;
    }
    for (const [id, waiter] of waiters) {
      await alone(tenant, id).then(() => waiter.resolve(), waiter.reject);
    }
  };

  const runAll = async (lane: keyof typeof LANES): Promise<void> => {
    running[lane] += 1;
    // Rings of the same moment share the first one.
    await Promise.resolve();
    const { least } = LANES[lane];
    for (let next = take(waiting, least); next !== undefined; next = take(waiting, least)) {
      await turn(next.tenant, next.waiters);
    }
    running[lane] -= 1;
  };

  return {
    run: (tenant, customerId) => {
      const waiters = waiting.get(tenant) ?? new Map();
      waiting.set(tenant, waiters);
      const waiter = waiters.get(customerId) ?? Promise.withResolvers<void>();
      waiters.set(customerId, waiter);
      const lane = running.anybody < LANES.anybody.most ? 'anybody' : 'full';
      if (waiters.size >= LANES[lane].least && running[lane] < LANES[lane].most) void runAll(lane);
      return waiter.promise;
    },
  };
}

/**
 * Customers of a tenant of whom `least` wait or more. The tenant that waits longest goes to the end with what is left of it, so
 * that a large one does not stop the others.
 */
function take(
  waiting: Map<string, Waiters>,
  least: number,
): { tenant: string; waiters: Waiters } | undefined {
  for (const [tenant, all] of waiting) {
    if (all.size < least) continue;
    const waiters = new Map(all.entries().take(CUSTOMERS_MAX));
    for (const id of waiters.keys()) all.delete(id);
    waiting.delete(tenant);
    if (all.size > 0) waiting.set(tenant, all);
    return { tenant, waiters };
  }
  return undefined;
}

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch {
    return false;
  }
}
