// docs/doctor.md lists the invariants as they are. ACCRUE_WRITE_DOCS=1 writes the list.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { INVARIANTS } from '#db/doctor/invariants.ts';

const PAGE = join(import.meta.dirname, '../../docs/doctor.md');
const MARK = /^<!-- Written by .* -->$/m;

test('the page lists every invariant', () => {
  const rows = INVARIANTS.map(({ id, title, holds, scope }) => {
    const when = [holds === 'rest' ? 'at rest' : '', scope === 'system' ? 'all tenants' : ''].filter(Boolean);
    return `| ${id} | ${title} | ${when.join(', ')} |`;
  });
  const list = ['| id | what holds | when |', '|---|---|---|', ...rows].join('\n');
  const page = readFileSync(PAGE, 'utf8');
  const mark = MARK.exec(page)?.[0];
  assert.ok(mark);
  const [head = ''] = page.split(mark);
  const whole = `${head}${mark}\n${list}\n`;
  if (process.env['ACCRUE_WRITE_DOCS'] === '1') writeFileSync(PAGE, whole);
  else assert.equal(page, whole);
});
