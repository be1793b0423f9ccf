// Owns what a decision may know of the tenant: the terms its customers are billed on.

export type TenantTerms = {
  id: string;
  sandbox: boolean;
  legalEntityId: string;
  entityZone: string;
  numberPrefix: string;
  collectionIntervalSeconds: number;
  invoiceDueDays: number;
  lateUsageDays: number;
  lateUsagePolicy: 'next_invoice' | 'credit_note_only' | 'ignore';
  dunningDays: readonly number[];
};
