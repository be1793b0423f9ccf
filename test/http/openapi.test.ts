// The API document says what the API does: whole, valid in itself, with examples the API takes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { z } from 'zod';
import { ACCESS, type OperationId } from '#http/access.ts';
import { BASE_PATH } from '#http/base-path.ts';
import { EXAMPLES } from '#http/examples.ts';
import { openApiDocument } from '#http/openapi.ts';
import { operations } from '#test/support/documented-answers.ts';
import { lookUp } from '#test/support/http-world.ts';

const document = openApiDocument(operations, '1.2.3');
const pointerTo = (operation: { path: string; method: string }): string =>
  `/paths/${(BASE_PATH + operation.path).replaceAll('~', '~0').replaceAll('/', '~1')}/${operation.method}`;
const find = (pointer: string): unknown => lookUp(document, pointer);

describe('the document', () => {
  test('is OpenAPI 3.1 and can be written and read', () => {
    assert.equal(find('/openapi'), '3.1.0');
    assert.deepEqual(JSON.parse(JSON.stringify(document)), document);
  });

  test('has every operation under its own name', () => {
    for (const operation of operations) {
      assert.equal(find(`${pointerTo(operation)}/operationId`), operation.id);
      assert.ok(find(`${pointerTo(operation)}/summary`), operation.id);
    }
  });

  test('every reference leads somewhere', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]+)"/g)].map(
      ([, to]) => to ?? '',
    );
    assert.ok(references.length > 50);
    for (const reference of references) assert.ok(find(reference), reference);
  });

  test('every operation says who may, what a problem looks like, and its path parameters', () => {
    for (const operation of operations) {
      const at = pointerTo(operation);
      const scheme = ACCESS[operation.id] === 'operator_key' ? 'operatorKey' : 'apiKey';
      assert.deepEqual(find(`${at}/security`), [{ [scheme]: [] }]);
      for (const status of [400, 401, 403, 503]) {
        const schema = find(`${at}/responses/${status}/content/application~1problem+json/schema`);
        assert.deepEqual(schema, { $ref: '#/components/schemas/Problem' }, `${operation.id} ${status}`);
      }
      const parameters = (find(`${at}/parameters`) ?? []) as { in: string; name: string }[];
      const named = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      assert.deepEqual(
        named,
        [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      );
    }
  });

  test('commands say how to repeat them and how long to wait', () => {
    for (const operation of operations.filter(({ command }) => command)) {
      const parameters = (find(`${pointerTo(operation)}/parameters`) ?? []) as { in: string; name: string }[];
      const headers = parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => name);
      assert.deepEqual(headers, ['Idempotency-Key', 'Prefer'], operation.id);
      assert.ok(find(`${pointerTo(operation)}/responses/202`), operation.id);
    }
  });

  test('usage takes no Idempotency-Key, for its events are known by their ids', () => {
    const usage = operations.filter(({ waits }) => waits);
    assert.deepEqual(
      usage.map(({ id }) => id),
      ['ingestUsageEvents'],
    );
    for (const operation of usage) {
      const parameters = find(`${pointerTo(operation)}/parameters`) as { name: string }[];
      assert.deepEqual(
        parameters.map(({ name }) => name),
        ['Prefer'],
      );
      assert.ok(find(`${pointerTo(operation)}/responses/409`));
      assert.equal(find(`${pointerTo(operation)}/responses/422`), undefined);
    }
  });

  test('everything else that changes something, and not a tenant, is a command', () => {
    const changing = operations.filter(({ method }) => method !== 'get');
    assert.deepEqual(
      changing.filter(({ command, waits, reads }) => !command && !waits && !reads).map(({ id }) => id),
      ['createTenant'],
    );
  });
});

describe('examples', () => {
  test('there is one for every body', () => {
    const bodies = operations.filter(({ body, bodies }) => body ?? bodies).map(({ id }) => id);
    assert.deepEqual(
      bodies.filter((id) => !Object.hasOwn(EXAMPLES, id)),
      [],
    );
    assert.deepEqual(
      (Object.keys(EXAMPLES) as OperationId[]).filter((id) => !bodies.includes(id)),
      [],
    );
  });

  for (const { id, body, bodies, documents } of operations) {
    const all: (z.ZodType | undefined)[] = [body, documents, bodies?.['application/json']];
    const schemas = all.filter((schema) => schema !== undefined);
    if (schemas.length === 0) continue;
    test(`of ${id} is taken`, () => {
      for (const schema of schemas) {
        const parsed = schema.safeParse(EXAMPLES[id]);
        assert.ok(parsed.success, JSON.stringify(parsed.error?.issues));
      }
    });
  }
});
