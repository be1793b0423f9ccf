// Owns POST /usage/recounts: whether hourly rollups say what the events say, and making them right.
import { commandAnswers } from '#http/command-answers.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { usageRecounted } from '#http/schemas/usage-recount.ts';
import { sendCommand } from '#http/send-command.ts';
import { usageRecount } from '#runtime/commands/usage-commands.ts';

export function usageRecountRoutes(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'recountUsage',
      method: 'post',
      path: '/usage/recounts',
      tag: 'Usage',
      summary: 'Compare hourly rollups with the events they are made of, and repair them',
      description:
        'Goes through customers in the order of their ids and stops after about 500,000 events: ask again with `after` set ' +
        'to `next` until it is null. With `repair` hours that differ are counted from their events; what was billed from ' +
        'them is set right as late usage is, so that nothing is billed twice.',
      command: true,
      body: usageRecount,
      answers: commandAnswers(200, 'What was looked at and found.', usageRecounted),
      run: ({ body: payload }, call) =>
        sendCommand(deps.commandBus, call, { type: 'usage.recount', payload, status: 200 }),
    }),
  ];
}
