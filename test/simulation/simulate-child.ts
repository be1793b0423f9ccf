// A process of the simulator: runs the seeds it is sent, one at a time, and says how each went. An argument names a known
// bug to be planted first, so nothing of the engine may be loaded before.
import { plantBug } from './known-bugs.ts';

const [bug] = process.argv.slice(2);
const assertPlanted = bug === undefined ? undefined : plantBug(bug);
const { startEngine } = await import('./engine.ts');
const { simulate } = await import('./simulation.ts');
assertPlanted?.();

const engine = await startEngine();
process.on('message', (seed: number) => {
  void simulate(engine, seed).then(
    (verdict) => process.send?.(verdict),
    (error: unknown) => {
      const wrong = [`the simulator failed: ${String(error)}`];
      process.send?.({ seed, hash: '', wrong, events: 0, requests: 0, tail: [], misfortunes: {} });
    },
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
