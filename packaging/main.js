// Owns the published package's front door: on an older Node it says so, before anything that such a Node cannot load.
import { refusal } from './node-version.js';

if (refusal !== undefined) throw new Error(refusal);

export const { createBilling, rate } = await import('./index.js');
