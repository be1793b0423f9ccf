// Owns the list of all operations of the API. What is not here does not exist.
import type { HttpDeps } from './deps.ts';
import type { Operation } from './operation.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { billingEventRoutes } from './routes/billing-events.ts';
import { commandRoutes } from './routes/commands.ts';
import { customerActionRoutes } from './routes/customer-actions.ts';
import { customerRoutes } from './routes/customers.ts';
import { invoiceRoutes } from './routes/invoices.ts';
import { ledgerRoutes } from './routes/ledger.ts';
import { lineExplanationRoutes } from './routes/line-explanations.ts';
import { meterRefusalRoutes } from './routes/meter-refusals.ts';
import { meterRoutes } from './routes/meters.ts';
import { paymentRoutes } from './routes/payments.ts';
import { planRoutes } from './routes/plans.ts';
import { pricePreviewRoutes } from './routes/price-previews.ts';
import { priceUnitRoutes } from './routes/price-units.ts';
import { storedUsageRoutes } from './routes/stored-usage.ts';
import { subscriptionRoutes } from './routes/subscriptions.ts';
import { tenantRoutes } from './routes/tenants.ts';
import { testClockRoutes } from './routes/test-clocks.ts';
import { usageRoutes } from './routes/usage.ts';
import { usageAnalysisRoutes } from './routes/usage-analysis.ts';
import { usageCorrectionRoutes } from './routes/usage-corrections.ts';
import { usageEventRoutes } from './routes/usage-events.ts';
import { usageQueryRoutes } from './routes/usage-query.ts';
import { usageRecountRoutes } from './routes/usage-recounts.ts';
import { usageReprocessingRoutes } from './routes/usage-reprocessings.ts';
import { webhookDeliveryRoutes } from './routes/webhook-deliveries.ts';
import { webhookEndpointRoutes } from './routes/webhook-endpoints.ts';

/** In the order the API document shows them. */
export function allOperations(deps: HttpDeps): Operation[] {
  return [
    ...tenantRoutes(deps),
    ...apiKeyRoutes(deps),
    ...meterRoutes(deps),
    ...meterRefusalRoutes(deps),
    ...priceUnitRoutes(deps),
    ...planRoutes(deps),
    ...pricePreviewRoutes(deps),
    ...customerRoutes(deps),
    ...customerActionRoutes(deps),
    ...subscriptionRoutes(deps),
    ...usageEventRoutes(deps),
    ...storedUsageRoutes(deps),
    ...usageRoutes(deps),
    ...usageQueryRoutes(deps),
    ...usageAnalysisRoutes(deps),
    ...usageCorrectionRoutes(deps),
    ...usageRecountRoutes(deps),
    ...usageReprocessingRoutes(deps),
    ...invoiceRoutes(deps),
    ...lineExplanationRoutes(deps),
    ...paymentRoutes(deps),
    ...ledgerRoutes(deps),
    ...billingEventRoutes(deps),
    ...webhookEndpointRoutes(deps),
    ...webhookDeliveryRoutes(deps),
    ...testClockRoutes(deps),
    ...commandRoutes(deps),
  ];
}
