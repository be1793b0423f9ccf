// Owns how the ingest's words become the API's: refused bodies as problems, results as counts.
import type { EventResult, IngestResult } from '#runtime/ingest/ingest-result.ts';
import type { UsageProblem } from '#runtime/ingest/usage-problem.ts';
import { type Refusal, refuse, refuseFields, statusOf } from './problem.ts';

export type Counts = {
  readonly created: number;
  readonly duplicate: number;
  readonly conflict: number;
  readonly acceptedUnbilled: number;
};

export const NO_COUNTS: Counts = { created: 0, duplicate: 0, conflict: 0, acceptedUnbilled: 0 };

const COUNTED: Readonly<Record<EventResult, keyof Counts>> = {
  created: 'created',
  duplicate: 'duplicate',
  conflict: 'conflict',
  accepted_unbilled: 'acceptedUnbilled',
};

/** `start` and what `results` add to it. */
export function countResults(results: readonly EventResult[], start: Counts = NO_COUNTS): Counts {
  const counts = { ...start };
  for (const result of results) counts[COUNTED[result]] += 1;
  return counts;
}

/** The answer about one request; `result` absent: it is durable and not counted yet. */
export function usageRequestBody(id: string, result: IngestResult | undefined) {
  if (result === undefined)
    return { id, status: 'pending', counts: null, results: null, countedAt: null } as const;
  const { results, countedAt } = result;
  return { id, status: 'counted', counts: countResults(results), results, countedAt } as const;
}

/** Of the whole body, wherever in it they were found. */
const BODY_CODES = ['malformed_json', 'nested_too_deep', 'no_events', 'too_many_events'];

/** One mistake of the whole body is the problem itself; mistakes of events are a list. */
export function refuseEvents(problems: readonly UsageProblem[]): Refusal {
  const [first] = problems;
  if (first === undefined || problems.length > 1 || !isOfTheBody(first)) {
    return refuseFields('events_refused', 'No event was taken; see errors.', problems);
  }
  return first.pointer === ''
    ? refuse(first.code, first.message)
    : refuseFields(first.code, first.message, problems);
}

function isOfTheBody({ pointer, code }: UsageProblem): boolean {
  return (pointer === '' || BODY_CODES.includes(code)) && statusOf(code) !== undefined;
}

export function overloaded(retryAfterSeconds: number): Refusal {
  return refuse('overloaded', 'More usage is waiting than can be counted soon. Send it again.', {
    'retry-after': String(retryAfterSeconds),
  });
}
