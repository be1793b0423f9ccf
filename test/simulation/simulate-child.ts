// A process of the simulator: runs the seeds it is told, and says how each went.
import { startEngine } from './engine.ts';
import { simulate } from './simulation.ts';

const seeds = process.argv.slice(2).map(Number);
const engine = await startEngine();
for (const seed of seeds) {
  const verdict = await simulate(engine, seed, {});
  process.stdout.write(`${JSON.stringify(verdict)}\n`);
}
process.exit(0);
