// Owns the only translation of refusal codes to status codes, with the title each code has for people.
// A code that is not here is a bug and answers 500: test/http/problem-codes.test.ts looks for it in all sources first.

/** code → [status, title]. Codes are stable: clients branch on them. */
export const PROBLEMS = {
  // The request itself.
  malformed_json: [400, 'The body is not JSON'],
  malformed_utf8: [400, 'The body is not UTF-8'],
  nested_too_deep: [400, 'The body is nested too deeply'],
  duplicate_member: [400, 'A member appears twice in one object'],
  number_not_exact: [400, 'A number cannot be kept exactly'],
  text_not_storable: [400, 'A text holds characters that cannot be stored'],
  member_not_allowed: [400, 'A member has a name that is not allowed'],
  not_an_object: [400, 'The body must be a JSON object'],
  body_incomplete: [400, 'The body ended early'],
  invalid_request: [400, 'The request is not valid'],
  invalid_header: [400, 'A header is not valid'],
  cursor_invalid: [400, 'The cursor is not valid'],
  unauthenticated: [401, 'The key is missing or not valid'],
  forbidden: [403, 'The key may not do this'],
  not_found: [404, 'There is no such thing'],
  method_not_allowed: [405, 'The method is not allowed here'],
  body_too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The content type is not supported'],
  unsupported_encoding: [415, 'The content encoding is not supported'],
  idempotency_mismatch: [422, 'The idempotency key was used with another body'],

  // Usage.
  events_refused: [400, 'Some events were refused'],
  no_events: [400, 'There is no event in the body'],
  too_many_events: [400, 'There are too many events in the body'],
  event_conflict: [409, 'The event was reported before with another body'],
  event_retracted: [409, 'The event is retracted already'],
  nothing_to_amend: [400, 'Nothing is to be amended'],
  overloaded: [503, 'Too much usage is waiting'],

  // What a command asks for cannot be.
  invalid_payload: [400, 'The command is not valid'],
  invalid_price: [400, 'A price is not valid'],
  invalid_quantity: [400, 'A quantity is not valid'],
  invalid_time: [400, 'A time is not valid'],
  start_too_early: [400, 'The start is too early'],
  quantity_is_metered: [400, 'A metered price takes no quantity'],
  dimension_repeated: [400, 'A dimension is named twice'],
  dunning_days_not_ascending: [400, 'The dunning days do not ascend'],
  value_property_missing: [400, 'The aggregation needs a value'],
  value_property_unused: [400, 'The aggregation takes no value'],
  unknown_currency: [400, 'There is no such currency'],
  unknown_zone: [400, 'There is no such time zone'],
  unknown_gateway: [400, 'There is no such gateway'],
  gateway_only_in_sandbox: [400, 'The gateway exists in sandboxes only'],
  gateway_not_for_test_clock: [400, 'The gateway does not work on a test clock'],
  destination_refused: [400, 'The destination is not allowed'],

  // What a question asks for cannot be answered.
  unknown_dimension: [400, 'The meter has no such dimension'],
  too_many_windows: [400, 'The answer would have too many windows'],
  too_many_groups: [400, 'The answer would have too many groups'],

  // What a command names does not exist.
  meter_not_found: [404, 'There is no such meter'],
  plan_not_found: [404, 'There is no such plan'],
  price_not_found: [404, 'There is no such price'],
  test_clock_not_found: [404, 'There is no such test clock'],
  subscription_not_found: [404, 'There is no such subscription'],
  invoice_not_found: [404, 'There is no such invoice'],
  payment_method_not_found: [404, 'There is no such payment method'],
  event_not_found: [404, 'There is no such usage event'],
  api_key_not_found: [404, 'There is no such API key'],
  webhook_endpoint_not_found: [404, 'There is no such webhook endpoint'],
  webhook_delivery_not_found: [404, 'There is no such webhook delivery'],

  // The state of things does not allow it.
  last_admin_key: [409, 'The last admin key stays'],
  key_taken: [409, 'The key is taken'],
  external_id_taken: [409, 'The external id is taken'],
  payment_method_taken: [409, 'The payment method belongs to another customer'],
  payment_method_exists: [409, 'The payment method is attached already'],
  no_payment_method: [409, 'The customer has no payment method'],
  meter_in_use: [409, 'Another item of the customer counts this meter'],
  subscription_ended: [409, 'The subscription has ended'],
  invoice_not_open: [409, 'The invoice is not open'],
  invoice_busy: [409, 'A payment of the invoice is under way'],
  not_collected_automatically: [409, 'The invoice is not collected automatically'],
  clock_not_in_sandbox: [409, 'Test clocks exist in sandboxes only'],
  clock_advancing: [409, 'The clock is on its way already'],
  clock_moves_forward_only: [409, 'The clock moves forward only'],
  customer_parked: [409, 'The customer is parked'],
  customer_not_parked: [409, 'The customer is not parked'],
  conflict: [409, 'Another change was there first'],
  fenced: [409, 'Somebody else was faster'],

  // Us.
  unavailable: [503, 'The service is not available at the moment'],
  unknown_command: [500, 'Nobody knows this command'],
  internal_error: [500, 'The command could not be decided'],
  internal: [500, 'Something went wrong on our side'],
} as const satisfies Record<string, readonly [status: number, title: string]>;
