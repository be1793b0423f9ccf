// Owns a process of a benchmark: started with a message channel, asked for its memory, ended by closing the channel.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export type ProcessUsage = { rssMb: number; cpuSeconds: number };

export type BenchProcess = {
  readonly port: number;
  /** Resident bytes now, and processor seconds so far. */
  usage(): Promise<ProcessUsage>;
  stop(): Promise<void>;
};

/** Starts an entry of this folder and waits until it says its port. */
export async function startProcess(entry: string, env: Record<string, string>): Promise<BenchProcess> {
  const options = { env: { ...process.env, ...env }, execArgv: [] };
  const child = fork(join(import.meta.dirname, entry), options);
  const [hello] = (await once(child, 'message')) as [{ port: number }];
  return {
    port: hello.port,
    async usage() {
      child.send('memory');
      const [told] = (await once(child, 'message')) as [
        { rss: number; cpu: { user: number; system: number } },
      ];
      return { rssMb: Math.round(told.rss / 2 ** 20), cpuSeconds: (told.cpu.user + told.cpu.system) / 1e6 };
    },
    async stop() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

/** The other end: says the port, tells usage when asked, and ends the process with its parent. */
export function answerUsage(port: number): void {
  process.on('message', (message) => {
    if (message === 'memory') process.send?.({ rss: process.memoryUsage.rss(), cpu: process.cpuUsage() });
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ port });
}
