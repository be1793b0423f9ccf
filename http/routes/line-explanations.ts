// Owns /invoices/{id}/lines/{lineId}/explain: why a line costs what it does.
import { z } from 'zod';
import { explainLine } from '#db/views/line-explanation.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { readOne } from '#http/read.ts';
import { lineExplanation } from '#http/schemas/explanations.ts';
import { pathName } from '#http/schemas/fields.ts';

export function lineExplanationRoutes(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'explainInvoiceLine',
      method: 'get',
      path: '/invoices/{id}/lines/{lineId}/explain',
      tag: 'Invoices',
      summary: 'Why a line costs what it does, computed again from stored facts',
      description:
        'Inputs, steps, roundings and what was booked before, for programs and for people; `recomputed` says whether ' +
        'rating again gives the same, `usage.recounted` whether counting again does.',
      params: z.object({ id: pathName, lineId: pathName }),
      answers: { 200: { description: 'The explanation.', schema: lineExplanation } },
      run: ({ params }, call) =>
        readOne(deps, call, {
          what: 'invoice line',
          find: (tx) => explainLine(tx, call.tenant, { invoiceId: params.id, lineId: params.lineId }),
        }),
    }),
  ];
}
