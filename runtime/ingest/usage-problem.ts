// Owns how refused usage is told: where in the body, a stable code, a sentence. Form of the errors list of RFC 9457.

/** `pointer` is an RFC 6901 path into the body as it was sent. */
export type UsageProblem = { readonly pointer: string; readonly code: string; readonly message: string };

/** Of a body full of mistakes, the first ones are enough to find the cause. */
export const PROBLEMS_MAX = 100;

/** A body's way of holding events decides the pointers: one event, an object with `events`, or a list (also lines). */
export type BodyShape = 'single' | 'events' | 'list';

/** Path to event `index` of a body of this shape. */
export function eventPointer(shape: BodyShape, index: number): string {
  if (shape === 'single') return '';
  return shape === 'events' ? `/events/${index}` : `/${index}`;
}

/** One step of an RFC 6901 path. */
export function pointerStep(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
