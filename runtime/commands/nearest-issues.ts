// Owns what to say of input that fits none of several forms: what keeps it from the form it comes nearest to.
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;
type UnionIssue = Extract<Issue, { code: 'invalid_union' }>;

/** Farther than any number of fields. */
const ANOTHER_KIND = 1_000;

/** The findings, with those of the nearest form, at their full path, in place of "fits none of these". */
export function nearestIssues(issues: readonly Issue[]): Issue[] {
  return issues.flatMap((issue) => (issue.code === 'invalid_union' ? ofNearestForms(issue) : [issue]));
}

function ofNearestForms(issue: UnionIssue): Issue[] {
  const forms = issue.errors.map((form) => fieldByField(nearestIssues(form)));
  const least = Math.min(...forms.map(distance));
  const [first, ...others] = forms.filter((form) => distance(form) === least);
  if (first === undefined) return [{ ...issue, message: optionsText(issue) }];
  const ofAll = first.filter((one) => others.every((form) => form.some((other) => isSame(one, other))));
  const disputed = [first, ...others].flat().filter((one) => !ofAll.some((same) => isSame(one, same)));
  const fields = [...new Set(disputed.map((one) => fieldOf(one)))];
  const choice =
    fields.length > 1
      ? [{ code: 'custom' as const, path: [], message: `takes exactly one of ${fields.join(', ')}` }]
      : disputed.slice(0, 1);
  return [...ofAll, ...choice].map((one) => ({ ...one, path: [...issue.path, ...one.path] }));
}

/** Fields that are not known, one finding each. */
function fieldByField(issues: readonly Issue[]): Issue[] {
  return issues.flatMap((issue): Issue[] =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => ({ ...issue, keys: [key] })) : [issue],
  );
}

/** How much would have to change. */
function distance(issues: readonly Issue[]): number {
  return issues.reduce((sum, { path, code }) => {
    return sum + (path.length === 0 && code === 'invalid_type' ? ANOTHER_KIND : 1);
  }, 0);
}

function fieldOf(issue: Issue): string {
  return String(issue.code === 'unrecognized_keys' ? issue.keys[0] : issue.path[0]);
}

function isSame(a: Issue, b: Issue): boolean {
  return a.code === b.code && a.message === b.message && fieldOf(a) === fieldOf(b);
}

function optionsText(issue: UnionIssue): string {
  const options = 'options' in issue ? issue.options : undefined;
  return options === undefined ? issue.message : `must be one of ${options.map(String).join(', ')}`;
}
