// Owns what the operator gives to create a tenant. Not a command: there is no tenant yet whose actor could decide it.
import { z } from 'zod';
import { currencyCode, text, zoneName } from './fields.ts';

const SETTINGS = {
  collectionIntervalSeconds: z.int().min(0).max(2_592_000).optional(),
  invoiceDueDays: z.int().min(0).max(365).optional(),
  lateUsageDays: z.int().min(0).max(366).optional(),
  lateUsagePolicy: z.enum(['next_invoice', 'credit_note_only', 'ignore']).optional(),
  /** Days after a decline, ascending. */
  dunningDays: z.array(z.int().min(1).max(365)).max(10).optional(),
};

export const tenantCreate = z.strictObject({
  name: text(200),
  /** A sandbox has test clocks and its own keys. */
  sandbox: z.boolean().default(false),
  /** Of customers that name none. Absent: the installation's. */
  currency: currencyCode.optional(),
  zone: zoneName.default('UTC'),
  ...SETTINGS,
  /** Who issues the invoices; absent: the tenant by its own name and zone. */
  legalEntity: z
    .strictObject({
      name: text(200).optional(),
      zone: zoneName.optional(),
      numberPrefix: z
        .string()
        .regex(/^[A-Z0-9-]{0,12}$/)
        .optional(),
    })
    .optional(),
});

export type TenantRequest = z.input<typeof tenantCreate>;
