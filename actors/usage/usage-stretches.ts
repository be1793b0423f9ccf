// Owns which part of a stretch of usage whole hours answer, and which part only single events can: the hours that a
// window's edge cuts. Refuses zones: it is given the edges.
import { compareInstants } from '#actors/calendar/instants.ts';
import type { Period } from '#actors/calendar/period.ts';

export type Stretches = {
  /** Whole UTC hours that no edge cuts, neighbors joined. */
  readonly whole: readonly Period[];
  /** What lies in hours that an edge cuts, neighbors joined. */
  readonly cut: readonly Period[];
};

/** Parts what lies between the first and the last edge; edges ascend. All of it is in exactly one part. */
export function stretchesOf(edges: readonly Temporal.Instant[]): Stretches {
  const first = edges[0];
  const last = edges.at(-1);
  if (first === undefined || last === undefined) return { whole: [], cut: [] };
  const cut: Period[] = [];
  for (const edge of edges) {
    const hour = hourOf(edge);
    if (hour === undefined) continue;
    const start = compareInstants(hour.start, first) < 0 ? first : hour.start;
    const end = compareInstants(hour.end, last) > 0 ? last : hour.end;
    const before = cut.at(-1);
    if (before !== undefined && compareInstants(before.end, start) >= 0)
      cut[cut.length - 1] = { ...before, end };
    else if (compareInstants(start, end) < 0) cut.push({ start, end });
  }
  return { whole: between(cut, { start: first, end: last }), cut };
}

/** The hour that the edge cuts; undefined for an edge between two hours. */
function hourOf(edge: Temporal.Instant): Period | undefined {
  const start = edge.round({ smallestUnit: 'hour', roundingMode: 'floor' });
  return start.equals(edge) ? undefined : { start, end: start.add({ hours: 1 }) };
}

function between(cut: readonly Period[], all: Period): Period[] {
  const whole: Period[] = [];
  let from = all.start;
  for (const part of [...cut, { start: all.end, end: all.end }]) {
    if (compareInstants(from, part.start) < 0) whole.push({ start: from, end: part.start });
    from = part.end;
  }
  return whole;
}
