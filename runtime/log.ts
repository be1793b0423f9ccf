// Owns the form of a log line: one JSON object a line on standard output, with the trace it belongs to.
// Refuses to know where lines go next, and never prints the value of a field that names a secret.
import { instantText } from '#actors/calendar/time.ts';
import type { Clock } from './clock.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const SECRET_FIELD = /secret|password|authorization|api_?key|operator_?key|token/i;

export type LogLevel = (typeof LEVELS)[number];
export type LogFields = Readonly<Record<string, unknown>>;

export type Log = {
  readonly [level in LogLevel]: (message: string, fields?: LogFields) => void;
} & {
  /** The same log with fields added to every line. */
  with(fields: LogFields): Log;
};

export type LogOptions = {
  readonly level: LogLevel;
  readonly clock: Clock;
  /** The id of the trace a line belongs to, if there is one now. */
  readonly traceId?: () => string | undefined;
  readonly write?: (line: string) => void;
  readonly fields?: LogFields;
};

/** Lines below `level` are dropped; `write` gets each line with its newline (default: standard output). */
export function createLog(options: LogOptions): Log {
  const { level, clock, traceId, write = (line) => process.stdout.write(line), fields = {} } = options;
  const least = LEVELS.indexOf(level);

  const at = (name: LogLevel) => (message: string, more?: LogFields) => {
    if (LEVELS.indexOf(name) < least) return;
    const head = { time: instantText(clock.wall()), level: name, message, trace_id: traceId?.() };
    write(`${JSON.stringify({ ...head, ...fields, ...more }, plain)}\n`);
  };

  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (more) => createLog({ ...options, fields: { ...fields, ...more } }),
  };
}

function plain(key: string, value: unknown): unknown {
  if (key !== '' && value !== undefined && SECRET_FIELD.test(key)) return '[redacted]';
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) {
    return { name: value.name, message: value.message, stack: value.stack, cause: value.cause };
  }
  return value;
}
