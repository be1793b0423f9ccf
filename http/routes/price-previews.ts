// Owns POST /prices/preview: what prices would cost. It changes nothing, and is no GET because a price is long.
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation, success } from '#http/operation.ts';
import { rejected } from '#http/problem.ts';
import { previewed, previewRequest } from '#http/schemas/price-previews.ts';
import { pricePreview } from '#runtime/pricing/preview-fields.ts';
import { previewPrices } from '#runtime/pricing/preview-prices.ts';

export function pricePreviewRoutes({ sql }: HttpDeps): Operation[] {
  return [
    operation({
      id: 'previewPrices',
      method: 'post',
      path: '/prices/preview',
      tag: 'Catalog',
      summary: 'What a price or a plan would cost, booking nothing',
      description:
        "Rated as an invoice line would be, for quantities that are given or for a customer's usage of a period. A period " +
        'counts as whole, over and the first one, unless `context` says otherwise.',
      reads: true,
      body: pricePreview,
      documents: previewRequest,
      answers: { 200: { description: 'Each price with its amount and why.', schema: previewed } },
      run: async ({ body }, { tenant }) => {
        const answer = await previewPrices(sql, tenant, body);
        return answer.ok ? success(200, answer.data) : rejected(answer);
      },
    }),
  ];
}
