// Owns how a request body holds usage events: one, {"events": […]}, a list, CloudEvents in each form, or NDJSON lines.
// Refuses to know what a valid event is.
import { isRawNumber } from '#actors/usage/raw-number.ts';
import { parseExactJson } from './exact-json.ts';
import { BATCH_EVENTS_MAX, type UsageEventInput } from './usage-event.ts';
import type { BodyShape, UsageProblem } from './usage-problem.ts';

/** Lines of one NDJSON body; every other body holds at most a batch. */
export const STREAM_EVENTS_MAX = 10_000;

export type UsageBody =
  | { readonly ok: true; readonly events: readonly UsageEventInput[]; readonly shape: BodyShape }
  | { readonly ok: false; readonly problems: readonly UsageProblem[] };

const LINES = /^application\/(?:x-ndjson|ndjson|jsonl|x-jsonlines)\b/i;

/** Splits a body into events that are still unchecked; a number that a double cannot hold keeps its digits. */
export function parseUsageBody(text: string, contentType = 'application/json'): UsageBody {
  return LINES.test(contentType.trim()) ? parseLines(text) : parseWhole(text);
}

function parseWhole(text: string): UsageBody {
  const parsed = parseExactJson(text);
  if (!parsed.ok) return refuse('', parsed.code, parsed.message);
  const { value } = parsed;
  if (Array.isArray(value)) return batch(value, 'list');
  if (typeof value !== 'object' || value === null || isRawNumber(value)) {
    return refuse('', 'not_an_object', 'the body must be a usage event, a list of them, or {"events": […]}');
  }
  if (!Object.hasOwn(value, 'events')) {
    return { ok: true, events: [value as UsageEventInput], shape: 'single' };
  }
  const { events, ...others } = value as { events: unknown };
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    return refuse(
      `/${unknown.slice(0, 100).toWellFormed()}`,
      'unknown_field',
      'beside events nothing may stand',
    );
  }
  return Array.isArray(events)
    ? batch(events, 'events')
    : refuse('/events', 'not_a_list', 'events must be a list');
}

function batch(events: readonly UsageEventInput[], shape: 'events' | 'list'): UsageBody {
  if (events.length <= BATCH_EVENTS_MAX) return { ok: true, events, shape };
  const pointer = shape === 'events' ? '/events' : '';
  return refuse(pointer, 'too_many_events', `a batch may hold ${BATCH_EVENTS_MAX} events`);
}

/** Empty lines are allowed and not counted; `/2` is the third event. */
function parseLines(text: string): UsageBody {
  const events: UsageEventInput[] = [];
  for (const line of eachLine(text)) {
    if (events.length === STREAM_EVENTS_MAX) {
      return refuse('', 'too_many_events', `a body may hold ${STREAM_EVENTS_MAX} lines`);
    }
    const parsed = parseExactJson(line);
    if (!parsed.ok) return refuse(`/${events.length}`, parsed.code, parsed.message);
    events.push(parsed.value as UsageEventInput);
  }
  return { ok: true, events, shape: 'list' };
}

function* eachLine(text: string): Generator<string> {
  let from = 0;
  while (from < text.length) {
    const end = text.indexOf('\n', from);
    const line = text.slice(from, end === -1 ? text.length : end).trim();
    if (line !== '') yield line;
    if (end === -1) return;
    from = end + 1;
  }
}

function refuse(pointer: string, code: string, message: string): UsageBody {
  return { ok: false, problems: [{ pointer, code, message }] };
}
