// Owns the question how long usage takes from its time until it is counted.

import { z } from 'zod';
import { compareInstants } from '#actors/calendar/instants.ts';
import { type Rejection, reject } from '#actors/rejection.ts';
import type { Sql } from '#db/scope.ts';
import { readTenant } from '#db/views/read-tenant.ts';
import { readUsageLag, type UsageLag } from '#db/views/usage-lag.ts';
import { name, usageNarrowing, usageSpan } from './fields.ts';
import { findSubject } from './find-subject.ts';

export const usageLag = z.strictObject({ meter: name, ...usageSpan, customers: usageNarrowing.customers });

export type LagRequest = z.input<typeof usageLag>;

export type LagAnswer = { readonly meterId: string; readonly from: string; readonly to: string } & UsageLag;

export async function lagOf(
  sql: Sql,
  tenantId: string,
  asked: z.output<typeof usageLag>,
): Promise<{ ok: true; data: LagAnswer } | Rejection> {
  const { from, to } = asked;
  if (compareInstants(Temporal.Instant.from(from), Temporal.Instant.from(to)) >= 0) {
    return reject('invalid_request', 'must be after from', '/to');
  }
  return readTenant(sql, tenantId, async (tx) => {
    const subject = await findSubject(tx, tenantId, { ...asked, filter: {} });
    if (!subject.ok) return subject;
    const { meter, customers } = subject;
    const lag = await readUsageLag(tx, tenantId, { meterId: meter.id, customers, from, to });
    return { ok: true, data: { meterId: meter.id, from, to, ...lag } };
  });
}
