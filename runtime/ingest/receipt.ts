// Owns the name of accepted usage: which events of which inbox rows are a request's own.
import type { Slice } from './group-commit.ts';

/** What accepting events returns after they are durable; a body of more than a batch lies in several rows. */
export type IngestReceipt = {
  /** `ing_<row>_<from>_<count>`, with more threes for more rows. */
  readonly id: string;
  readonly tenantId: string;
  readonly slices: readonly Slice[];
};

const ID = /^ing(?:_\d{1,18}_\d{1,6}_\d{1,6}){1,20}$/;

export function receiptOf(tenantId: string, slices: readonly Slice[]): IngestReceipt {
  const parts = slices.map((slice) => `_${slice.inboxId}_${slice.from}_${slice.count}`);
  return { id: `ing${parts.join('')}`, tenantId, slices };
}

/** The receipt of an id; undefined if it is not the form of one. */
export function parseReceipt(tenantId: string, id: string): IngestReceipt | undefined {
  if (!ID.test(id)) return undefined;
  const numbers = id.split('_').slice(1);
  const slices: Slice[] = [];
  for (let i = 0; i < numbers.length; i += 3) {
    const [inboxId = '', from = '', count = ''] = numbers.slice(i, i + 3);
    slices.push({ inboxId, from: Number(from), count: Number(count) });
  }
  return { id, tenantId, slices };
}
