// Owns questions about prices for code in the same process: the same answers and refusals as over HTTP, as values.
import type { Rejection } from '#actors/rejection.ts';
import type { Sql } from '#db/scope.ts';
import { invalidPayload } from './commands/invalid-payload.ts';
import { type PricePreview, type PricePreviewRequest, pricePreview } from './pricing/preview-fields.ts';
import { previewPrices } from './pricing/preview-prices.ts';

export type PriceApi = {
  /** What a price, or each price of a plan, would cost; books nothing. */
  preview(
    tenant: string,
    asked: PricePreviewRequest,
  ): Promise<{ readonly ok: true; readonly data: PricePreview } | Rejection>;
};

export function createPriceApi(sql: Sql): PriceApi {
  return {
    preview: async (tenant, asked) => {
      const read = pricePreview.safeParse(asked);
      return read.success ? previewPrices(sql, tenant, read.data) : invalidPayload(read.error);
    },
  };
}
