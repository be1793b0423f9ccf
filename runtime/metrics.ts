// Owns the names, units and labels of every metric. Refuses to know who counts.
import { type Counter, type Gauge, type Histogram, metrics } from '@opentelemetry/api';

const TURN_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export type Metrics = {
  /** Commands decided, by type and `done` or `rejected`. */
  readonly commands: Counter<{ type: string; outcome: string }>;
  /** Turns of an actor, by `committed`, `failed` or `parked`. */
  readonly turns: Counter<{ outcome: string }>;
  /** Seconds from lock to commit. */
  readonly turnDuration: Histogram;
  /** Usage events by `created`, `duplicate` or `conflict`. */
  readonly eventsIngested: Counter<{ outcome: string }>;
  /** Hours of rollups that the upkeep compared with their facts, by `agrees` or `differs`. */
  readonly rollupHoursChecked: Counter<{ outcome: string }>;
  readonly invoicesFinalized: Counter;
  /** Payment attempts with a known or unknown end, by gateway. */
  readonly payments: Counter<{ outcome: string; gateway: string }>;
  readonly webhookDeliveries: Counter<{ outcome: string }>;
  readonly mails: Counter<{ outcome: string }>;
  /** Jobs taken from a queue, by `done`, `retried`, `given_up`, `fenced`, `stopped` or `bug`. */
  readonly queueJobs: Counter<{ queue: string; outcome: string }>;
  /** Rings that were dropped because their queue was away; the sweep finds their work. */
  readonly ringsLost: Counter<{ queue: string }>;
  /** Customers that stand still after a bug, as last counted by the sweep. */
  readonly customersParked: Gauge;
};

/** Makes the instruments. After startTelemetry, because instruments made before it count nothing. */
export function createMetrics(): Metrics {
  const meter = metrics.getMeter('accrue');
  meter
    .createObservableGauge('process_resident_memory_bytes', {
      description: 'Resident memory of this process',
    })
    .addCallback((gauge) => gauge.observe(process.memoryUsage.rss()));
  return {
    commands: meter.createCounter('accrue_commands_total', { description: 'Commands decided' }),
    turns: meter.createCounter('accrue_turns_total', { description: 'Turns of customer and tenant actors' }),
    turnDuration: meter.createHistogram('accrue_turn_duration_seconds', {
      description: 'Seconds from lock to commit of a turn',
      advice: { explicitBucketBoundaries: TURN_BUCKETS_S },
    }),
    eventsIngested: meter.createCounter('accrue_events_ingested_total', {
      description: 'Usage events drained',
    }),
    rollupHoursChecked: meter.createCounter('accrue_rollup_hours_checked_total', {
      description: 'Hours of rollups compared with their facts, by outcome',
    }),
    invoicesFinalized: meter.createCounter('accrue_invoices_finalized_total', {
      description: 'Invoices finalized',
    }),
    payments: meter.createCounter('accrue_payments_total', { description: 'Payment attempts by outcome' }),
    webhookDeliveries: meter.createCounter('accrue_webhook_deliveries_total', {
      description: 'Webhook attempts',
    }),
    mails: meter.createCounter('accrue_mails_total', { description: 'Mails by outcome' }),
    queueJobs: meter.createCounter('accrue_queue_jobs_total', { description: 'Queue jobs by outcome' }),
    ringsLost: meter.createCounter('accrue_rings_lost_total', {
      description: 'Rings dropped, left to the sweep',
    }),
    customersParked: meter.createGauge('accrue_customers_parked', {
      description: 'Customers that stand still, or have charges that do',
    }),
  };
}
