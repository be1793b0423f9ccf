// Owns one way to break each invariant, and nothing else, in the world at the end of the crash story (ada on a test clock, bob in
// real time). Statements run as superuser without triggers and foreign keys; constraints that would refuse are dropped first.

const ADA = `(select id from customers where name = 'ada')`;
const BOB = `(select id from customers where name = 'bob')`;
const TENANT = `(select id from tenants)`;
/** Before the endpoint was made, so that nobody had to be told. */
const EARLY = `timestamptz '2023-10-01T00:00:00Z'`;
const FAR = `timestamptz '2099-01-01T00:00:00Z'`;

/** A charge of no item, so that it is part of no subscription's time. */
const charge = (changes: Readonly<Record<string, string>>): string =>
  copy('charges', { item_id: 'null', ...changes });

const draft = (changes: Readonly<Record<string, string>>): string =>
  copy('invoices', {
    id: `'inv_more'`,
    status: `'draft'`,
    number: 'null',
    issued_at: 'null',
    issue_date: 'null',
    due_at: 'null',
    paid_at: 'null',
    finalize_at: FAR,
    amount_paid: '0',
    decline_count: '0',
    subtotal: '0',
    total: '0',
    ...changes,
  });

/** Inserts a copy of the table's first row with other values; the columns that the table works out itself are left to it. */
function copy(table: string, changes: Readonly<Record<string, string>>, where = 'true'): string {
  const values = Object.entries(changes).map(([column, value]) => `'${column}', ${value}`);
  const columns = `(select string_agg(attname, ', ') from pg_attribute
    where attrelid = '${table}'::regclass and attnum > 0 and not attisdropped and attgenerated = '')`;
  return `do $$ begin execute 'insert into ${table} (' || ${columns} || ') select ' || ${columns} || $q$
    from (select (jsonb_populate_record(null::${table}, to_jsonb(t) || jsonb_build_object(${values.join(', ')}))).*
      from (select * from ${table} where ${where} order by id limit 1) t) c $q$; end $$`;
}

const event = (changes: Readonly<Record<string, string>>): string =>
  copy('billing_events', {
    id: `'evt_more'`,
    customer_id: 'null',
    sequence: 'null',
    created_at: EARLY,
    ...changes,
  });

/** Sets columns of the first row that fits. */
function change(table: string, changes: string, where = 'true'): string {
  return `update ${table} set ${changes} where id = (select id from ${table} where ${where} order by id limit 1)`;
}

const usageCharge = `kind = 'usage_based' and status = 'final'`;

/** Statements by the id of the invariant they break. */
export const CORRUPTIONS: Readonly<Record<string, readonly string[]>> = {
  'I1.once': [copy('usage_events', { id: '999999', stored_at: EARLY })],
  'I1.identity': [`delete from usage_identity where key = (select min(key::text)::uuid from usage_identity)`],
  'I1.answers': [change('ingest_requests', `result = result || 'c'`)],
  'I2.facts': [
    `update meter_events set event_time = event_time + interval '1 second' where event_time = '2023-11-05T10:00:00Z'`,
  ],
  'I2.rollups': [`update usage_rollups set sum_value = sum_value + 1 where bucket = '2023-11-05T10:00:00Z'`],
  'I3.windows': [
    charge({
      id: `'chg_more'`,
      origin: `'other'`,
      status: `'created'`,
      advance_at: FAR,
      kind: `'usage_based'`,
      meter_id: '(select id from meters)',
      late_check_at: 'null',
      run_count: '0',
      booked_amount: '0',
      booked_quantity: '0',
    }),
  ],
  // Usage that nobody told the actor of, otherwise complete.
  'I3.booked': [
    copy('usage_events', {
      id: '999999',
      event_id: `'unheard'`,
      stored_at: EARLY,
      event_time: `'2023-11-20T00:00:00Z'`,
      customer_id: ADA,
    }),
    `insert into meter_events select id, tenant_id, customer_id, (select id from meters), '', 5, null, event_time, received_at, stored_at
      from usage_events where id = 999999`,
    `insert into usage_rollups select tenant_id, customer_id, meter_id, '', '', event_time, null, 1, 5, 5, 5, 5, event_time, 999999, received_at
      from meter_events where event_ref = 999999`,
    `insert into usage_identity select encode(substring(sha256(convert_to(tenant_id, 'UTF8') || '\\x00' || convert_to(source, 'UTF8')
      || '\\x00' || convert_to(event_id, 'UTF8')) from 1 for 16), 'hex')::uuid, 0 from usage_events where id = 999999`,
  ],
  'I4.tiling': [
    change(
      'charges',
      `service_start = service_start + interval '1 second'`,
      `kind = 'flat_fee' and service_start = '2023-12-01T00:00:00Z'`,
    ),
  ],
  'I4.boundaries': [change('subscriptions', `anchor_at = anchor_at + interval '1 day'`)],
  'I4.identity': [
    'drop index charges_live',
    charge({
      id: `'chg_more'`,
      revision: '1',
      status: `'created'`,
      advance_at: FAR,
      kind: `'flat_fee'`,
      run_count: '0',
      booked_amount: '0',
      booked_quantity: '0',
    }),
  ],
  'I4.invoices': ['drop index invoices_one_per_boundary', draft({})],
  'I5.totals': [draft({ kind: `'supplement'`, subtotal: '5', total: '5' })],
  'I5.lines': [change('realization_runs', 'line_id = null', 'line_id is not null')],
  'I5.booked': [change('charges', 'booked_amount = booked_amount + 1', usageCharge)],
  'I5.rating': [change('prices', `model = jsonb_set(model, '{amount}', '"11"')`, `key = 'fee'`)],
  'I6.unchanged': [change('invoices', `due_at = due_at + interval '1 day'`)],
  'I6.numbers': ['update number_series set last_number = last_number + 1 where fiscal_year = 2023'],
  'I7.journals': [
    `insert into postings select j.id, 99, j.tenant_id, j.legal_entity_id, j.customer_id, 'bank', 5, 'USD' from journals j limit 1`,
  ],
  'I7.receivable': [
    `update postings set invoice_id = (select max(id) from invoices) where account = 'receivable'
      and invoice_id = (select min(id) from invoices) and amount > 0`,
  ],
  'I7.income': [`update postings set line_id = null where account = 'revenue:usage'`],
  'I7.clearing': [
    `update postings set account = 'gateway_clearing:other' where account = 'gateway_clearing:fake'`,
  ],
  'I7.unapplied': [
    `insert into postings select j.id, 98 + n, j.tenant_id, j.legal_entity_id, j.customer_id, a, m, 'USD'
      from (select * from journals limit 1) j, (values (0, 'bank', 5), (1, 'unapplied_payments', -5)) v (n, a, m)`,
  ],
  'I8.attempts': [change('payments', 'attempt_id = null')],
  // Two receipts under one reference, posted as such.
  'I8.references': [
    'alter table payments drop constraint payments_tenant_id_gateway_reference_key',
    ...['pay_more', 'pay_again'].map((id) =>
      copy(
        'payments',
        { id: `'${id}'`, gateway: `'other'`, reference: `'r'`, attempt_id: 'null', amount: '5' },
        `customer_id = ${ADA}`,
      ),
    ),
    copy('journals', { id: `'jrn_more'`, kind: `'payment.received'`, source: `'r'` }),
    `insert into postings select j.id, n, j.tenant_id, j.legal_entity_id, ${ADA}, a, m, 'USD'
      from journals j, (values (1, 'gateway_clearing:other', 10), (2, 'unapplied_payments', -10)) v (n, a, m) where j.id = 'jrn_more'`,
  ],
  'I8.provider': [
    `update fake_gateway.charges set outcome = 'declined' where provider_key = (
      select min(provider_key) from fake_gateway.charges where outcome = 'succeeded')`,
  ],
  'I8.collected': [
    `update fake_gateway.charges set reference = 'unheard' where provider_key = (
      select min(provider_key) from fake_gateway.charges where outcome = 'succeeded')`,
  ],
  // What one customer paid goes to the other's invoice of the same amount.
  'I9.allocations': [
    'alter table payment_allocations drop constraint payment_allocations_payment_id_invoice_id_key',
    `update payment_allocations a set payment_id = b.payment_id from payment_allocations b
      where a.amount = b.amount and a.amount = 1000 and a.id <> b.id`,
  ],
  'I10.sequence': [change('customers', 'sequence = sequence + 1')],
  'I10.transitions': [
    event({
      type: `'billing.plan.created'`,
      object_type: `'plan'`,
      object_id: '(select id from plans)',
      previous: 'null',
    }),
  ],
  'I10.parked': [change('customers', `parked_at = ${EARLY}, parked_reason = 'nobody was told'`)],
  'I10.status': [change('subscriptions', `status = 'past_due'`, `status = 'active'`)],
  'I11.handed_on': [
    `delete from webhook_deliveries where message_id = (select min(message_id) from webhook_deliveries)`,
    `delete from webhook_attempts a where not exists (select 1 from webhook_deliveries d where d.id = a.delivery_id)`,
  ],
  'I11.messages': [
    change(
      'webhook_messages',
      `body = jsonb_set(body::jsonb, '{data,name}', '"other"')::text`,
      `event_type = 'billing.plan.created'`,
    ),
  ],
  'I11.deliveries': [
    `delete from webhook_attempts where delivery_id = (select min(delivery_id) from webhook_attempts) and number = 1`,
  ],
  'I11.mails': [change('emails', `status = 'failed', sent_at = null`)],
  'I13.statuses': [
    charge({
      id: `'chg_more'`,
      origin: `'other'`,
      status: `'superseded'`,
      advance_at: 'null',
      kind: `'flat_fee'`,
      run_count: '0',
      booked_amount: '0',
      booked_quantity: '0',
    }),
  ],
  'I13.paths': [
    event({
      type: `'billing.invoice.reopened'`,
      object_type: `'invoice'`,
      object_id: `'inv_more'`,
      data: `'{"status": "open"}'::jsonb`,
      previous: `'{"status": "paid"}'::jsonb`,
    }),
  ],
  'I13.runs': [change('realization_runs', `kind = 'partial'`, `kind = 'final'`)],
  'I13.times': [change('charges', 'late_check_at = null', `${usageCharge} and sealed_at is null`)],
  'I14.epochs': [change('payment_attempts', 'epoch = epoch + 1')],
  'I15.wakes': [`update customers set due_at = due_at + interval '1 year' where id = ${ADA}`],
  'I15.customers': [
    copy('commands', {
      id: `'cmd_more'`,
      status: `'queued'`,
      result: 'null',
      decided_at: 'null',
      idempotency_key: 'null',
      position: '999999',
    }).replace(') select', ') overriding system value select'),
  ],
  'I15.jobs': [
    `insert into outbox select id, tenant_id, created_at from billing_events where customer_id = ${BOB} limit 1`,
  ],
  'I16.walls': ['alter table customers no force row level security'],
  'I16.references': [change('payment_methods', `tenant_id = 'ten_other'`)],
  'I18.answers': [
    change('commands', `result = jsonb_set(result, '{data,id}', '"mtr_lost"')`, `type = 'meter.create'`),
  ],
  'I18.keys': [
    'drop index commands_idempotency',
    `update commands set idempotency_key = 'same' where type = 'customer.create' and tenant_id = ${TENANT}`,
  ],
  'I19.payments': [change('invoices', 'decline_count = decline_count + 1')],
  'I19.tries': [change('emails', 'attempt_count = 11, epoch = 11')],
  'I20.currencies': [change('customers', `currency = 'ZZZ'`)],
  'I20.decimals': [
    'alter table item_versions drop constraint item_versions_quantity_check',
    change('item_versions', `quantity = 'NaN'`),
  ],
};
