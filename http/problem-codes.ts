// Owns the only translation of refusal codes to status codes, with the title each code has for people.
// A code that is not here is a bug: it answers 500, and test/http/problem-codes.test.ts finds it first.

/** code → [status, title]. Codes are stable: clients branch on them. */
export const PROBLEMS = {
  malformed_json: [400, 'The body is not JSON'],
  malformed_utf8: [400, 'The body is not UTF-8'],
  json_too_deep: [400, 'The body is nested too deeply'],
  duplicate_member: [400, 'A member appears twice in one object'],
  number_not_exact: [400, 'A number cannot be kept exactly'],
  text_not_storable: [400, 'A text holds characters that cannot be stored'],
  member_not_allowed: [400, 'A member has a name that is not allowed'],
  body_incomplete: [400, 'The body ended early'],
  invalid_request: [400, 'The request is not valid'],
  invalid_header: [400, 'A header is not valid'],
  cursor_invalid: [400, 'The cursor is not valid'],
  events_refused: [400, 'Some events were refused'],
  unauthenticated: [401, 'The key is missing or not valid'],
  forbidden: [403, 'The key may not do this'],
  not_found: [404, 'There is no such thing'],
  method_not_allowed: [405, 'The method is not allowed here'],
  not_acceptable: [406, 'The answer cannot be given in the asked form'],
  body_too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The content type is not supported'],
  unsupported_encoding: [415, 'The content encoding is not supported'],
  idempotency_mismatch: [422, 'The idempotency key was used with another body'],
  unavailable: [503, 'The service is not available at the moment'],
  internal: [500, 'Something went wrong on our side'],
} as const satisfies Record<string, readonly [status: number, title: string]>;
