// Owns GET /usage/events: the events that were stored, what meters made of them, and those that nobody counted.
import { z } from 'zod';
import { findMeter } from '#db/views/meters.ts';
import { listUsageEvents, type UsageEventView, usageEventKey } from '#db/views/usage-events.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { pageOf, pageQuery } from '#http/pagination.ts';
import { readPage } from '#http/read.ts';
import { pathName } from '#http/schemas/fields.ts';
import { storedUsageEvent } from '#http/schemas/usage-events.ts';
import { customersParameter, spanParameters } from '#http/schemas/usage-query.ts';
import { findNamed } from '#runtime/usage/find-subject.ts';
import { storedProperties } from '#runtime/usage/wanted-facts.ts';

export function storedUsageRoutes(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'listUsageEvents',
      method: 'get',
      path: '/usage/events',
      tag: 'Usage',
      summary: 'List reported events, latest time first',
      description:
        'Name customers and a span of time where there is much: a page then reads little more than itself.',
      query: z.object({
        ...pageQuery,
        customer: customersParameter,
        meter: pathName
          .optional()
          .meta({ description: 'Id or key of a meter that counted it.', example: 'input_tokens' }),
        type: pathName.optional().meta({ example: 'llm.request' }),
        id: pathName.optional().meta({ description: 'Your id of the event.', example: 'req-42' }),
        source: z.string().max(300).optional().meta({ example: 'api-eu-1' }),
        from: spanParameters.from.optional(),
        to: spanParameters.to.optional(),
        unmatched: z.enum(['meter', 'charge']).optional().meta({
          description:
            '`meter`: no meter counted it. `charge`: meters did, but no charge covers it, so nobody is billed.',
        }),
      }),
      answers: { 200: { description: 'A page of events.', schema: pageOf(storedUsageEvent) } },
      run: ({ query: { limit, cursor, customer, meter, id: eventId, ...rest } }, call) =>
        readPage(deps, call, {
          list: 'usage_events',
          query: { limit, cursor },
          keyOf: usageEventKey,
          read: async (tx, slice) => {
            const customers = await findNamed(tx, call.tenant, customer);
            if (customers !== undefined && 'ok' in customers) return undefined;
            const found = meter === undefined ? undefined : await findMeter(tx, call.tenant, meter);
            if (meter !== undefined && found === undefined) return undefined;
            const { type, source, from, to, unmatched } = rest;
            const filter = { customers, eventId, meterId: found?.id, type, source, from, to, unmatched };
            return (await listUsageEvents(tx, call.tenant, { ...slice, ...filter })).map(exact);
          },
        }),
    }),
  ];
}

function exact({ properties, ...event }: UsageEventView) {
  return { ...event, properties: storedProperties(properties) };
}
