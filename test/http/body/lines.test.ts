// A stream of bytes is the same lines however it is cut.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LINE_BYTES_MAX, LineTooLong, lineGroups } from '#http/body/lines.ts';

async function groupsOf(bytes: Uint8Array, cuts: readonly number[], size: number): Promise<string[][]> {
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const chunks = edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
  const groups: string[][] = [];
  for await (const group of lineGroups(ReadableStream.from(chunks), size)) groups.push(group);
  return groups;
}

describe('lines of a stream', () => {
  test('do not depend on where the bytes were cut', async () => {
    const line = fc
      .string({ unit: 'grapheme', maxLength: 8 })
      .map((text) => text.replaceAll(/[\r\n\0]/g, ''));
    const cuts = fc.array(fc.nat(200), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.array(line), cuts, fc.integer({ min: 1, max: 5 }), async (lines, at, size) => {
        const groups = await groupsOf(new TextEncoder().encode(lines.join('\n')), at, size);
        assert.deepEqual(
          groups.flat(),
          lines.map((text) => text.trim()).filter((text) => text !== ''),
        );
        assert.ok(groups.slice(0, -1).every((group) => group.length === size));
        assert.ok(groups.every((group) => group.length > 0 && group.length <= size));
      }),
    );
  });

  test('are pulled only as far as they are asked for', async () => {
    let given = 0;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 1;
        yield new TextEncoder().encode('x\n');
      }
    };
    const groups = lineGroups(endless(), 3);
    assert.deepEqual((await groups.next()).value, ['x', 'x', 'x']);
    assert.ok(given <= 4, `${given} were read`);
    await groups.return(undefined);
  });

  test('that never end, or are no UTF-8, throw', async () => {
    const long = new Uint8Array(LINE_BYTES_MAX + 1).fill(0x78);
    await assert.rejects(groupsOf(long, [], 1), LineTooLong);
    await assert.rejects(groupsOf(new Uint8Array([0xff, 0x0a]), [], 1), TypeError);
    await assert.rejects(groupsOf(new Uint8Array([0xe2, 0x82]), [], 1), TypeError);
  });
});
