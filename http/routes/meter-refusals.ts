// Owns /meters/{id}/refusals: what a meter could not read.
import { z } from 'zod';
import { listMeterRefusals } from '#db/views/meter-refusals.ts';
import { findMeter } from '#db/views/meters.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { readOne } from '#http/read.ts';
import { meterRefusal } from '#http/schemas/catalog.ts';
import { pathName } from '#http/schemas/fields.ts';

export function meterRefusalRoutes(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'listMeterRefusals',
      method: 'get',
      path: '/meters/{id}/refusals',
      tag: 'Catalog',
      summary: 'Events that were refused because the meter could not read them',
      description: 'Counted by property and reason; the events themselves are not kept.',
      params: z.object({ id: pathName }),
      answers: {
        200: { description: 'Most first.', schema: z.object({ data: z.array(meterRefusal) }) },
      },
      run: ({ params }, call) =>
        readOne(deps, call, {
          what: 'meter',
          find: async (tx) => {
            const found = await findMeter(tx, call.tenant, params.id);
            return found && { data: await listMeterRefusals(tx, call.tenant, found.id) };
          },
        }),
    }),
  ];
}
