// Owns holding answers against the API document: a status that is not documented, a member that is missing or too many, or
// a problem without its parts fails whatever test asked.
import assert from 'node:assert/strict';
import type { HttpDeps } from '#http/deps.ts';
import type { Operation } from '#http/operation.ts';
import { allOperations } from '#http/operations.ts';
import { PROBLEMS } from '#http/problem-codes.ts';

/** The operations as data; none of them can run. */
export const operations: readonly Operation[] = allOperations({} as HttpDeps);

function operationAt(method: string, path: string): Operation | undefined {
  const [pathname = ''] = path.split('?');
  return operations.find(
    (operation) =>
      operation.method === method.toLowerCase() &&
      new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  );
}

type Answer = { readonly status: number; readonly headers: Headers; readonly body: unknown };

export function checkDocumented(method: string, path: string, { status, headers, body }: Answer): void {
  const at = `${method} ${path} → ${status}`;
  if (status >= 400) return checkProblem(at, { status, headers, body });
  const documented = operationAt(method, path)?.answers[status as 200];
  assert.ok(documented, `${at} is not documented`);
  if (documented.schema === undefined) return assert.equal(body, '', at);
  assert.match(headers.get('content-type') ?? '', /^application\/json/, at);
  const parsed = documented.schema.safeParse(body);
  assert.ok(parsed.success, `${at}: ${parsed.error?.message} in ${JSON.stringify(body)}`);
  // Members that the schema does not name would be gone.
  assert.deepEqual(parsed.data, body, at);
}

function checkProblem(at: string, { status, headers, body }: Answer): void {
  assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/, at);
  const problem = body as Record<string, unknown>;
  const code = String(problem['code']);
  assert.ok(Object.hasOwn(PROBLEMS, code), `${at}: ${code} is unknown`);
  assert.equal(problem['status'], status, at);
  assert.equal(problem['type'], `urn:accrue:problem:${code}`, at);
  assert.equal(problem['requestId'], headers.get('x-request-id'), at);
  for (const member of ['title', 'detail'])
    assert.ok(String(problem[member]).length > 0, `${at}: no ${member}`);
}
