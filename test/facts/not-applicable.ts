// Owns the facts that nothing here can agree or disagree with, each with the reason: by feature, or one by one.
import type { Fact, Source } from './facts.ts';

type Reasons = {
  /** By feature, as the source's file names it. */
  readonly features: Readonly<Record<string, string>>;
  /** By id, where others of the feature are tried. */
  readonly ids: Readonly<Record<string, string>>;
};

const CREDITS = 'credits, wallets and customer balances are not there yet';
const COUPONS = 'coupons are not there yet';
const COUPONS_AND_CREDITS = 'coupons and credits are not there yet';
const TAXES = 'taxes are not there yet';
const CREDIT_NOTES = 'credit notes and refunds are not there yet';
const PLAN_CHANGES = 'plan changes with proration are not there yet';
const TRIALS = 'trials are not there yet';
const INTENTS = 'payment and setup intents are not there yet';
const THRESHOLDS = 'invoices and notices at a threshold of usage are not there yet';
const METRICS = 'figures of recurring revenue are not there yet';
const TIME_OF_DAY =
  'a price that depends on the time of day is not there: the event can name its tariff, a matrix prices it';
const QUOTAS = 'allowances that overlap or are granted one after another are not there yet';
const WHOLE_PLAN = 'a minimum belongs to one price; one over all prices and fees of a plan is not there yet';
const IN_ADVANCE = 'usage is billed in arrears only';
const UNSTATED = 'agrees only where usage is billed monthly, which the fact does not state';
const ISSUING =
  'when an invoice is issued is a rule of invoices, not of amounts: test/scenarios/invoices tries ours';
const RETRIES =
  'how often a payment is tried again is a setting: test/jobs and test/scenarios/payments try ours';
const STATES = 'states of a subscription, not amounts: test/machines and test/scenarios try ours';
const COLLECTION = 'collecting, not rating: test/jobs/collect and test/scenarios/payments try ours';
const CATALOGUE = 'the price list of one seller';
const SETTINGS = 'settings of another program: test/runtime/config tries ours';
const RECEIVERS =
  'what a receiver does: test/notifications/webhooks/signature has it done by the public library';
const DELIVERY = 'delivery, not amounts: test/notifications/webhooks tries ours';
const OLD_HEADER = 'deliveries are signed as Standard Webhooks and in no other form';
const EVENTS = 'the feed of billing events, not amounts: test/scenarios and test/simulation try ours';
const STORE =
  'the storage of another program: its races are tried on ours by test/runtime and test/simulation';
const INBOUND = 'events of payment providers are not received yet';
const BOOKED_ONCE = 'what is booked once is tried by test/crash and test/simulation, killed at every point';
const UNPRICED = 'usage that no item of a subscription bills makes no line; it is reported as unmatched';

export const NOT_APPLICABLE: Readonly<Record<Source, Reasons>> = {
  engine: {
    features: {
      plans: CATALOGUE,
      invoice: TAXES,
      metrics: METRICS,
      config: SETTINGS,
      subscription: STATES,
      renewal: STATES,
      collection: COLLECTION,
      payment_intent: INTENTS,
      setup_intent: INTENTS,
      refund: CREDIT_NOTES,
      credit_note: CREDIT_NOTES,
      balance: CREDITS,
      tax: TAXES,
      events: EVENTS,
      store: STORE,
      inbound: INBOUND,
    },
    ids: {
      'discount-usage-excluded': COUPONS,
      'proration-inverted-period': PLAN_CHANGES,
      'proration-after-period-end': PLAN_CHANGES,
      'meter-threshold-below': THRESHOLDS,
      'meter-threshold-once': THRESHOLDS,
      'meter-watermark-double': BOOKED_ONCE,
      'meter-watermark-crash': BOOKED_ONCE,
      'meter-rule-missing': UNPRICED,
      'wh-sw-missing-id': RECEIVERS,
      'wh-sw-missing-signature': RECEIVERS,
      'wh-sw-wrong-signature': RECEIVERS,
      'wh-sw-empty-signature-after-v1': RECEIVERS,
      'wh-sw-one-valid-among-v1-and-v2-entries': RECEIVERS,
      'wh-sw-body-re-serialised-with-different-spacing': RECEIVERS,
      'wh-sw-timestamp-changed-after-signing': RECEIVERS,
      'wh-hanzo-sign': OLD_HEADER,
      'wh-hanzo-two-v1': OLD_HEADER,
      'wh-retry-500-500-200': DELIVERY,
      'wh-timeout': DELIVERY,
      'wh-pending-flag': DELIVERY,
    },
  },
  flexprice: {
    features: {
      'tax.percentage': TAXES,
      'tax.multiple': TAXES,
      'tax.after_discount': TAXES,
      'proration.cap_credit': PLAN_CHANGES,
      'commitment.windowed': TIME_OF_DAY,
      'commitment.filled_windows': TIME_OF_DAY,
      'commitment.time_bucket_contains': TIME_OF_DAY,
      'entitlement_grant.overage': QUOTAS,
      'entitlement_grant.merged_overage': QUOTAS,
      'wallet.credits_to_amount': CREDITS,
      'wallet.debit': CREDITS,
      'wallet.apply_to_invoice': CREDITS,
      'credits.expiry': CREDITS,
      'invoice.totals': COUPONS_AND_CREDITS,
      'trial.window': TRIALS,
      'invoice.threshold': THRESHOLDS,
    },
    ids: {
      'coupon-fixeddiscounts-01': COUPONS,
      'coupon-fixeddiscounts-04': COUPONS,
    },
  },
  killbill: {
    features: { 'payment_retry.schedule': RETRIES, 'payment_reconcile.schedule': RETRIES },
    ids: {
      'kb-dateutils-077': 'states 20 days of thirty-day months where the same source prices 22 in kb-item-10',
      'kb-dateutils-079': 'states 20 days for the dates for which kb-dateutils-075 states 22',
    },
  },
  lago: {
    features: {
      'coupon.amount': COUPONS,
      'coupon.allocation': COUPONS,
      'coupon.allocation_precise': COUPONS,
      'coupon.stacked_with_targets_and_taxes': COUPONS,
      'tax.precedence': TAXES,
      'credit_note.termination_same_day': CREDIT_NOTES,
      'credit_note.partial': CREDIT_NOTES,
      'credit_note.total_consistency': CREDIT_NOTES,
      'credit_note.termination': CREDIT_NOTES,
      'credit_note.estimate': CREDIT_NOTES,
      'credit_note.sequence_exhausts_invoice': CREDIT_NOTES,
      'wallet.apply_to_invoice': CREDITS,
      'wallet.top_up': CREDITS,
      'commitment.minimum_true_up': WHOLE_PLAN,
      'commitment.minimum_true_up_simple': WHOLE_PLAN,
      'fixed_charge.plan_upgrade': PLAN_CHANGES,
      'plan_change.downgrade_deferred': PLAN_CHANGES,
      progressive_billing: THRESHOLDS,
      'invoice.issuing_date_offset': ISSUING,
      'dunning.campaign': RETRIES,
    },
    ids: {
      'agg-prosum-6': IN_ADVANCE,
      'dates-semiannual-027': UNSTATED,
      'dates-yearly-032': UNSTATED,
    },
  },
  openmeter: {
    features: {
      credit_burn: CREDITS,
      credit_reset: CREDITS,
      credit_correction_plan: CREDITS,
      credit_only_usage_lifecycle: CREDITS,
      ledger_collection: CREDITS,
      ledger_collection_correction: CREDITS,
      ledger_advance: CREDITS,
      gathering_next_collection: ISSUING,
      standard_invoice_collection: ISSUING,
    },
    ids: {
      'rate-credits-01': CREDITS,
      'rate-credits-02': CREDITS,
      'rate-credits-03': CREDITS,
      'rate-credits-04': CREDITS,
      'rate-credits-05': CREDITS,
      'rate-credits-06': CREDITS,
      'rate-flat-05': 'a fixed fee is never rated in parts: it is one line of its period',
      'rate-unitconfig-rating-04': 'a unit conversion is a term of the price and has no switch beside it',
      'date-add-06': 'billing intervals are days and longer',
      'date-add-07': 'billing intervals are days and longer',
    },
  },
};

/** Why a fact does not apply; undefined for one that is tried. */
export function reasonNot(source: Source, { id, feature }: Fact): string | undefined {
  const { ids, features } = NOT_APPLICABLE[source];
  return ids[id] ?? features[feature];
}
