// Owns the one pipeline every operation goes through: authorize, read, run, answer. Knows no operation in particular.
import type { Context, Hono } from 'hono';
import { authorize } from './authorize.ts';
import { BASE_PATH } from './base-path.ts';
import type { HttpDeps } from './deps.ts';
import type { HttpEnv } from './http-env.ts';
import { readInput } from './input.ts';
import type { Answer, Operation } from './operation.ts';
import { readPreferences } from './preferences.ts';
import { problemResponse, refuse } from './problem.ts';

type MountDeps = Pick<HttpDeps, 'apiKeys' | 'operatorKey'>;

/** Routes the operations below the base path; other methods of their paths answer 405 with Allow. */
export function mount(app: Hono<HttpEnv>, operations: readonly Operation[], deps: MountDeps): void {
  for (const operation of operations) {
    app.on(operation.method, routeOf(operation), (c) => respond(operation, c, deps));
  }
  for (const [route, group] of Map.groupBy(operations, routeOf)) {
    const methods = group.map((operation) => operation.method.toUpperCase());
    if (methods.includes('GET')) methods.push('HEAD');
    app.all(route, (c) => {
      const detail = `${c.req.method} is not possible here.`;
      const refusal = refuse('method_not_allowed', detail, { allow: methods.join(', ') });
      return problemResponse(refusal, c.get('requestId'));
    });
  }
}

/** `/customers/{id}` as the router writes it. */
function routeOf(operation: Pick<Operation, 'path'>): string {
  return BASE_PATH + operation.path.replaceAll(/\{(\w+)\}/g, ':$1');
}

async function respond(operation: Operation, c: Context<HttpEnv>, deps: MountDeps): Promise<Response> {
  const answer = await run(operation, c, deps);
  if (!answer.ok) return problemResponse(answer, c.get('requestId'));
  const { status, body, headers } = answer;
  if (body === undefined) return new Response(null, { status, ...(headers && { headers }) });
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

async function run(operation: Operation, c: Context<HttpEnv>, deps: MountDeps): Promise<Answer<unknown>> {
  const request = c.req.raw;
  const caller = await authorize(operation.id, request.headers.get('authorization'), deps);
  if (!caller.ok) return caller;
  const preferences = readPreferences(request.headers);
  if (!preferences.ok) return preferences;
  const input = await readInput(operation, {
    request,
    params: c.req.param() as Record<string, string>,
    query: c.req.queries(),
  });
  if (!input.ok) return input;
  const { tenant, role, keyId } = caller;
  return operation.run(input, { ...preferences, tenant, role, keyId, trace: c.get('trace'), request });
}
