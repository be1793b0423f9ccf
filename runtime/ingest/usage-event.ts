// Owns the two forms in which a usage event may arrive, native and CloudEvents 1.0, and the one form they become.
// Refuses to know tenants, meters and customers: what it checks needs nothing but the event.
import type { Properties } from '#actors/usage/property.ts';
import { isRawNumber } from '#actors/usage/raw-number.ts';
import { canonicalProperties, isStorable } from './canonical-properties.ts';
import { canonicalTime, EVENT_TIME_MIN } from './event-time.ts';
import { pointerStep, type UsageProblem } from './usage-problem.ts';

export const BATCH_EVENTS_MAX = 1_000;
const TEXT_BYTES_MAX = 255;

export type NativeUsageEvent = {
  /** Unique within the source, for ever: the same id again is a duplicate, or a conflict if the event differs. */
  readonly id: string;
  readonly source?: string | undefined;
  readonly type: string;
  /** The seller's own id of the customer, or ours. */
  readonly customer: string;
  readonly subscription?: string | undefined;
  /** RFC 3339; absent: when it is received. */
  readonly time?: string | undefined;
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
};

/** `subject` is the customer, `data` the properties; other attributes and extensions are accepted and not kept. */
export type CloudUsageEvent = {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly subscription?: string | undefined;
  readonly time?: string | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly [extension: string]: unknown;
};

export type UsageEventInput = NativeUsageEvent | CloudUsageEvent;

/** A checked event. `time` is canonical; `text` is the canonical JSON of its properties. */
export type UsageEvent = {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly customer: string;
  readonly subscription: string | undefined;
  readonly time: string | undefined;
  readonly properties: Properties;
  readonly text: string;
  readonly names: Names;
};

/** What the sender calls the parts that have two names. */
type Names = { readonly customer: 'customer' | 'subject'; readonly properties: 'properties' | 'data' };

const NATIVE: Names = { customer: 'customer', properties: 'properties' };
const CLOUD: Names = { customer: 'subject', properties: 'data' };
const NATIVE_FIELDS = new Set(['id', 'source', 'type', 'customer', 'subscription', 'time', 'properties']);
const NO_PROPERTIES: Properties = {};

/** The event, or undefined after adding what is wrong with it to `problems`, with pointers under `pointer`. */
export function checkUsageEvent(
  raw: unknown,
  pointer: string,
  problems: UsageProblem[],
): UsageEvent | undefined {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw) || isRawNumber(raw)) {
    problems.push({ pointer, code: 'not_an_object', message: 'a usage event is a JSON object' });
    return undefined;
  }
  const before = problems.length;
  const fields = raw as Readonly<Record<string, unknown>>;
  const names = Object.hasOwn(fields, 'specversion') ? CLOUD : NATIVE;
  if (names === CLOUD) checkCloud(fields, pointer, problems);
  else refuseUnknown(fields, pointer, problems);

  const at: Place = { fields, pointer, problems };
  const id = required(at, 'id');
  const source = names === CLOUD ? required(at, 'source') : (optional(at, 'source') ?? '');
  const type = required(at, 'type');
  const customer = required(at, names.customer);
  const subscription = optional(at, 'subscription');
  const time = readTime(at);
  const properties = readProperties(at, names.properties);
  if (problems.length > before || id === undefined || source === undefined) return undefined;
  if (type === undefined || customer === undefined || properties === undefined) return undefined;
  return { id, source, type, customer, subscription, time, ...properties, names };
}

type Place = {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly pointer: string;
  readonly problems: UsageProblem[];
};

function checkCloud(fields: Place['fields'], pointer: string, problems: UsageProblem[]): void {
  if (fields['specversion'] !== '1.0') {
    problems.push({
      pointer: `${pointer}/specversion`,
      code: 'unknown_specversion',
      message: 'CloudEvents 1.0 is read',
    });
  }
  if (Object.hasOwn(fields, 'data_base64')) {
    problems.push({
      pointer: `${pointer}/data_base64`,
      code: 'unknown_field',
      message: 'data must be a JSON object',
    });
  }
}

function refuseUnknown(fields: Place['fields'], pointer: string, problems: UsageProblem[]): void {
  for (const name in fields) {
    if (NATIVE_FIELDS.has(name)) continue;
    const path = pointer + pointerStep(name.slice(0, 100).toWellFormed());
    problems.push({ pointer: path, code: 'unknown_field', message: 'a usage event has no such field' });
    return;
  }
}

function required(at: Place, name: string): string | undefined {
  const value = at.fields[name];
  if (value === undefined || value === null) return refuse(at, name, ['required', `${name} is required`]);
  return readText(at, name, value);
}

function optional(at: Place, name: string): string | undefined {
  const value = at.fields[name];
  return value === undefined || value === null ? undefined : readText(at, name, value);
}

function readText(at: Place, name: string, value: unknown): string | undefined {
  if (typeof value !== 'string') return refuse(at, name, ['not_a_text', `${name} must be a text`]);
  if (value.length === 0) return refuse(at, name, ['required', `${name} is empty`]);
  if (value.length * 3 > TEXT_BYTES_MAX && Buffer.byteLength(value) > TEXT_BYTES_MAX) {
    return refuse(at, name, ['text_too_long', `${name} may have ${TEXT_BYTES_MAX} bytes`]);
  }
  if (isStorable(value)) return value;
  return refuse(at, name, ['invalid_text', `${name} may not hold NUL or half of a surrogate pair`]);
}

function readTime(at: Place): string | undefined {
  const value = at.fields['time'];
  if (value === undefined || value === null) return undefined;
  const time = typeof value === 'string' ? canonicalTime(value) : undefined;
  if (time === undefined)
    return refuse(at, 'time', ['invalid_time', 'time must be RFC 3339, as 2023-11-01T00:00:00Z']);
  if (time < EVENT_TIME_MIN)
    return refuse(at, 'time', ['time_too_early', `time is before ${EVENT_TIME_MIN}`]);
  return time;
}

function readProperties(at: Place, name: string): Pick<UsageEvent, 'properties' | 'text'> | undefined {
  const value = at.fields[name];
  if (value === undefined || value === null) return { properties: NO_PROPERTIES, text: '{}' };
  if (typeof value !== 'object' || Array.isArray(value) || isRawNumber(value)) {
    refuse(at, name, ['not_an_object', `${name} must be a JSON object`]);
    return undefined;
  }
  const text = canonicalProperties(value, `${at.pointer}/${name}`);
  if (typeof text === 'string') return { properties: value as Properties, text };
  at.problems.push(text);
  return undefined;
}

function refuse(
  at: Place,
  name: string,
  [code, message]: readonly [code: string, message: string],
): undefined {
  at.problems.push({ pointer: `${at.pointer}/${name}`, code, message });
  return undefined;
}
