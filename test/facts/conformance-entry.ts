// Writes docs/conformance.md from what the facts test tries.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFORMANCE_PAGE, conformancePage } from './conformance.ts';

writeFileSync(join(import.meta.dirname, '../..', CONFORMANCE_PAGE), conformancePage());
