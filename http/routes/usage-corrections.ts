// Owns stored usage events one by one: listing them, amending or retracting one, and the trail of that.
import { z } from 'zod';
import { findCustomerId } from '#db/views/customers.ts';
import { listUsageCorrections } from '#db/views/usage-corrections.ts';
import { commandAnswers } from '#http/command-answers.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Call, type Operation, operation } from '#http/operation.ts';
import { pageOf, pageQuery } from '#http/pagination.ts';
import { idOf, readPage } from '#http/read.ts';
import { customerName, pathName } from '#http/schemas/fields.ts';
import { usageCorrected, usageCorrection } from '#http/schemas/usage-events.ts';
import { sendCommand } from '#http/send-command.ts';
import type { CommandInput } from '#runtime/commands/registry.ts';
import { usageEventAmend, usageEventRetract } from '#runtime/commands/usage-commands.ts';
import { storedProperties } from '#runtime/usage/wanted-facts.ts';

const IDENTITY =
  'Its identity stays for ever: the id cannot be used for another event. What is billed already is corrected as late ' +
  'usage is.';

/** What amending and retracting have in common. */
function correcting(deps: HttpDeps, what: 'amend' | 'retract') {
  return {
    method: 'post',
    path: `/usage/events/${what}`,
    tag: 'Usage',
    command: true,
    answers: commandAnswers(200, 'What was done.', usageCorrected),
    run: ({ body: payload }: { readonly body: CommandInput<'usage_event.amend'> }, call: Call) =>
      sendCommand(deps.commandBus, call, { type: `usage_event.${what}`, payload, status: 200 }),
  } as const;
}

export function usageCorrectionRoutes(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'amendUsageEvent',
      summary: 'Change the time or the properties of a reported event',
      description: `A retracted event counts again. ${IDENTITY}`,
      body: usageEventAmend,
      ...correcting(deps, 'amend'),
    }),
    operation({
      id: 'retractUsageEvent',
      summary: 'Take a reported event back',
      description: `It counts nowhere any more. ${IDENTITY}`,
      body: usageEventRetract,
      ...correcting(deps, 'retract'),
    }),
    operation({
      id: 'listUsageCorrections',
      method: 'get',
      path: '/usage/corrections',
      tag: 'Usage',
      summary: 'List what was amended and retracted, newest first',
      query: z.object({
        ...pageQuery,
        customer: customerName('Whose usage').optional(),
        event: pathName.optional().meta({ description: 'Your id of the event.', example: 'req-42' }),
      }),
      answers: { 200: { description: 'A page of corrections.', schema: pageOf(usageCorrection) } },
      run: ({ query: { customer, event: eventId, ...query } }, call) =>
        readPage(deps, call, {
          list: 'usage_corrections',
          query,
          keyOf: idOf,
          read: async (tx, slice) => {
            const customerId =
              customer === undefined ? undefined : await findCustomerId(tx, call.tenant, customer);
            if (customer !== undefined && customerId === undefined) return undefined;
            const found = await listUsageCorrections(tx, call.tenant, { ...slice, customerId, eventId });
            return found.map(({ before, after, ...row }) => ({
              ...row,
              before: storedProperties(before),
              after: storedProperties(after),
            }));
          },
        }),
    }),
  ];
}
