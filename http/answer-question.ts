// Owns how the answer to a question about usage becomes a response: a refusal names the query parameter at fault.
import type { Rejection } from '#actors/rejection.ts';
import { type Answer, success } from './operation.ts';
import { refuse, refuseFields } from './problem.ts';

export function answerQuestion<T>(answer: { readonly ok: true; readonly data: T } | Rejection): Answer<T> {
  if (answer.ok) return success(200, answer.data);
  const { code, message, pointer } = answer;
  if (pointer === undefined) return refuse(code, message);
  const field = pointer.split('/')[1] ?? '';
  const parameter = PARAMETERS[field] ?? field;
  return refuseFields(code, message, [{ parameter, code, message }]);
}

/** Where a parameter has another name than the field it fills. */
const PARAMETERS: Readonly<Record<string, string>> = {
  customers: 'customer',
  meters: 'meter',
  sources: 'source',
};
