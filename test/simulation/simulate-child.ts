// A process of the simulator: runs the seeds it is sent, one at a time, and says how each went.
import { startEngine } from './engine.ts';
import { simulate } from './simulation.ts';

const engine = await startEngine();
process.on('message', (seed: number) => {
  void simulate(engine, seed).then(
    (verdict) => process.send?.(verdict),
    (error: unknown) => {
      process.send?.({
        seed,
        hash: '',
        wrong: [`the simulator failed: ${String(error)}`],
        tail: [],
        misfortunes: {},
      });
    },
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
