// Owns the API document: OpenAPI 3.1, made from the same operations that are mounted, so the two cannot disagree.

import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import { z } from 'zod';
import { ACCESS } from './access.ts';
import { BASE_PATH } from './base-path.ts';
import { EXAMPLES } from './examples.ts';
import type { Operation } from './operation.ts';
import { PROBLEM_TYPE } from './problem.ts';

const INTRODUCTION = [
  'Usage events and subscriptions go in; invoices, payments, e-mails and signed webhooks come out.',
  '',
  'Money is whole minor units as text with a currency; the amounts of a price are decimals in major units as text; quantities ' +
    'are exact decimals as text, times are RFC 3339 in UTC. Unknown fields are refused. Errors are RFC 9457 problems: branch on `code`.',
].join('\n');

const problem = z
  .object({
    type: z.string().meta({ example: 'urn:accrue:problem:invalid_request' }),
    title: z.string().meta({ example: 'The request is not valid' }),
    status: z.int().meta({ example: 400 }),
    detail: z.string().meta({ example: 'The body does not fit; see errors.' }),
    code: z.string().meta({ description: 'Stable.', example: 'invalid_request' }),
    errors: z
      .array(
        z.object({
          pointer: z
            .string()
            .optional()
            .meta({ description: 'JSON pointer into the body.', example: '/prices/0/key' }),
          parameter: z.string().optional().meta({ description: 'Path, query or header name.' }),
          code: z.string().meta({ example: 'required' }),
          message: z.string().meta({ example: 'Invalid input: expected string, received undefined' }),
        }),
      )
      .optional(),
    requestId: z.string().meta({ example: 'req_01hf3qkx5b8mzw2c' }),
  })
  .meta({ id: 'Problem' });

/** What every caller may meet, by status. */
const PROBLEMS = {
  400: 'The request is not valid.',
  401: 'No key, or not a valid one.',
  403: 'The role of the key may not do this.',
  404: 'There is no such thing in this tenant.',
  409: 'The state of things does not allow it.',
  413: 'The body is too large.',
  415: 'The content type is not supported.',
  422: 'The Idempotency-Key came with another body before.',
  503: 'Not available at the moment; Retry-After says when to try again.',
} as const;

const waitHeaders = z.object({
  Prefer: z.string().optional().meta({
    description:
      '`wait=n`: seconds to wait for the outcome, 10 by default, 25 at most. `respond-async`: do not wait.',
    example: 'wait=25',
  }),
});

const commandHeaders = z.object({
  'Idempotency-Key': z.string().min(1).max(255).optional().meta({
    description: 'The same key with the same body is the same command: it is answered again, not done again.',
    example: '9f0c2a9e-order-1042',
  }),
  ...waitHeaders.shape,
});

/** The OpenAPI 3.1 document of `operations`. */
export function openApiDocument(operations: readonly Operation[], version: string): object {
  const { openAPIRegistry: registry, getOpenAPI31Document } = new OpenAPIHono();
  registry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key of a tenant.',
  });
  registry.registerComponent('securitySchemes', 'operatorKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'The key of the installation (ACCRUE_OPERATOR_KEY): creates tenants.',
  });
  for (const operation of operations) registry.registerPath(describe(operation));
  return getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Accrue', version, description: INTRODUCTION, license: { name: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
  });
}

function describe(operation: Operation): RouteConfig {
  const { id, method, path, tag, summary, params, query, command, waits } = operation;
  const access = ACCESS[id];
  const who = access === 'operator_key' ? 'the operator key' : access.join(', ');
  return {
    operationId: id,
    method,
    path: BASE_PATH + path,
    tags: [tag],
    summary,
    description: [operation.description, `For: ${who}.`].filter(Boolean).join('\n\n'),
    security: [access === 'operator_key' ? { operatorKey: [] } : { apiKey: [] }],
    request: {
      ...(params && { params }),
      ...(query && { query }),
      ...(command && { headers: commandHeaders }),
      ...(waits && { headers: waitHeaders }),
      ...requestBody(operation),
    },
    responses: responses(operation),
  } as RouteConfig;
}

function requestBody({ id, body, bodies, documents = body }: Operation) {
  if (bodies === undefined && documents === undefined) return {};
  const example = Object.hasOwn(EXAMPLES, id) ? { example: EXAMPLES[id] } : {};
  const schemas = Object.entries(bodies ?? { 'application/json': documents });
  const content = Object.fromEntries(
    schemas.map(([type, schema]) => [
      type,
      type === 'application/json' ? { schema, ...example } : { schema },
    ]),
  );
  return { body: { required: true, content } };
}

type ResponseConfig = RouteConfig['responses'][string];

function responses({ answers, method, params, command, waits }: Operation): Record<string, ResponseConfig> {
  const good = Object.entries(answers).map(([status, { description, schema }]): [string, ResponseConfig] => [
    status,
    schema ? { description, content: { 'application/json': { schema } } } : { description },
  ]);
  const bad = Object.entries(PROBLEMS)
    .filter(([status]) => method !== 'get' || !['409', '413', '415', '422'].includes(status))
    .filter(([status]) => status !== '409' || command || waits)
    .filter(([status]) => status !== '422' || command)
    .filter(([status]) => params || method !== 'get' || status !== '404')
    .map(([status, description]): [string, ResponseConfig] => [
      status,
      { description, content: { [PROBLEM_TYPE]: { schema: problem } } },
    ]);
  return Object.fromEntries([...good, ...bad]);
}
