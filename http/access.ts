// Owns who may do what: one row an operation, roles named, everything else denied (test/http/access.test.ts walks it).
// `operator_key` is the installation's own key, which belongs to no tenant.

export const ROLES = ['reader', 'operator', 'admin', 'service'] as const;
export type Role = (typeof ROLES)[number];

/** People and programs that may look at a tenant's books. */
const READ = ['reader', 'operator', 'admin', 'service'] as const;
/** People who look after customers, and the seller's own programs. */
const CARE = ['operator', 'admin', 'service'] as const;
/** People who set right what went wrong. */
const REPAIR = ['operator', 'admin'] as const;
/** What changes prices, receivers, keys or time itself. */
const SET_UP = ['admin'] as const;
/** The seller's programs report usage; people do not, except an admin who tries it. */
const REPORT = ['admin', 'service'] as const;

export const ACCESS = {
  createTenant: 'operator_key',
  getTenant: READ,
  createApiKey: SET_UP,
  listApiKeys: SET_UP,
  revokeApiKey: SET_UP,
  createMeter: SET_UP,
  updateMeter: SET_UP,
  listMeters: READ,
  getMeter: READ,
  createPriceUnit: SET_UP,
  setPriceUnitRate: SET_UP,
  listPriceUnits: READ,
  getPriceUnit: READ,
  listMeterRefusals: READ,
  createPlan: SET_UP,
  publishPlanVersion: SET_UP,
  listPlanVersions: READ,
  listPlans: READ,
  getPlan: READ,
  previewPrices: READ,
  createCustomer: CARE,
  listCustomers: READ,
  getCustomer: READ,
  attachPaymentMethod: CARE,
  listCustomerEvents: READ,
  releaseCustomer: REPAIR,
  createSubscription: CARE,
  listSubscriptions: READ,
  getSubscription: READ,
  cancelSubscription: CARE,
  moveSubscription: CARE,
  ingestUsageEvents: REPORT,
  getUsageRequest: READ,
  getUsageSummary: READ,
  listUsageSummaries: READ,
  queryUsage: READ,
  analyseUsage: READ,
  getUsageEventCost: READ,
  getUsageLag: READ,
  listUsageEvents: READ,
  listUsageCorrections: READ,
  recountUsage: REPAIR,
  reprocessUsage: REPAIR,
  cancelUsageReprocessing: REPAIR,
  listUsageReprocessings: READ,
  getUsageReprocessing: READ,
  amendUsageEvent: REPAIR,
  retractUsageEvent: REPAIR,
  listInvoices: READ,
  getInvoice: READ,
  explainInvoiceLine: READ,
  payInvoice: CARE,
  listPayments: READ,
  listAccountBalances: READ,
  createWebhookEndpoint: SET_UP,
  listWebhookEndpoints: READ,
  getWebhookEndpoint: READ,
  updateWebhookEndpoint: SET_UP,
  deleteWebhookEndpoint: SET_UP,
  rotateWebhookSecret: SET_UP,
  listWebhookDeliveries: READ,
  replayWebhookDelivery: REPAIR,
  createTestClock: SET_UP,
  listTestClocks: READ,
  getTestClock: READ,
  advanceTestClock: SET_UP,
  // An outcome can hold a secret that was shown once, so the operation itself looks at the command's type too.
  getCommand: CARE,
  listEvents: READ,
} as const satisfies Record<string, readonly Role[] | 'operator_key'>;

export type OperationId = keyof typeof ACCESS;

/** True when a key of this role may run the operation. The operator key is no role. */
export function allows(operation: OperationId, role: Role): boolean {
  const access: readonly Role[] | 'operator_key' = ACCESS[operation];
  return access !== 'operator_key' && access.includes(role);
}
