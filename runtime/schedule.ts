// Owns reading cron expressions: five fields, in UTC. The present is given, never asked for.
import { CronExpressionParser } from 'cron-parser';
import type { WallTime } from '#actors/calendar/time.ts';

const FIELDS = 5;

/** Whether `expression` is a cron expression of five fields. */
export function isSchedule(expression: string): boolean {
  if (expression.trim().split(/\s+/).length !== FIELDS) return false;
  try {
    CronExpressionParser.parse(expression, { currentDate: 0, tz: 'UTC' });
    return true;
  } catch {
    return false;
  }
}

/** Milliseconds from `now` to the next time of the schedule, at least 1. */
export function untilNext(expression: string, now: WallTime): number {
  const from = now.epochMilliseconds;
  const next = CronExpressionParser.parse(expression, { currentDate: from, tz: 'UTC' }).next();
  return Math.max(1, next.getTime() - from);
}
