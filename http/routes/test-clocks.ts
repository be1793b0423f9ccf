// Owns /test-clocks: the moved time of a sandbox.
import { z } from 'zod';
import { findTestClock, listTestClocks } from '#db/views/test-clocks.ts';
import { commandAnswers } from '#http/command-answers.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { pageOf, pageQuery } from '#http/pagination.ts';
import { idOf, readOne, readPage } from '#http/read.ts';
import { pathName } from '#http/schemas/fields.ts';
import { testClock, testClockArrived, testClockDetail } from '#http/schemas/notifications.ts';
import { sendCommand } from '#http/send-command.ts';
import { testClockAdvance, testClockCreate } from '#runtime/commands/test-clock-commands.ts';

const params = z.object({ id: pathName });

export function testClockRoutes(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'createTestClock',
      method: 'post',
      path: '/test-clocks',
      tag: 'Test clocks',
      summary: 'Create a test clock',
      description: 'Only in a sandbox. Customers created on it live in its time.',
      command: true,
      body: testClockCreate,
      answers: commandAnswers(201, 'The clock.', testClock),
      run: ({ body }, call) =>
        sendCommand(deps.commandBus, call, {
          type: 'test_clock.create',
          payload: body,
          status: 201,
          location: '/test-clocks',
        }),
    }),
    operation({
      id: 'listTestClocks',
      method: 'get',
      path: '/test-clocks',
      tag: 'Test clocks',
      summary: 'List test clocks, newest first',
      query: z.object(pageQuery),
      answers: { 200: { description: 'A page of clocks.', schema: pageOf(testClock) } },
      run: ({ query }, call) =>
        readPage(deps, call, {
          list: 'test_clocks',
          query,
          keyOf: idOf,
          read: (tx, slice) => listTestClocks(tx, call.tenant, slice),
        }),
    }),
    operation({
      id: 'getTestClock',
      method: 'get',
      path: '/test-clocks/{id}',
      tag: 'Test clocks',
      summary: 'A test clock',
      params,
      answers: { 200: { description: 'The clock.', schema: testClockDetail } },
      run: ({ params }, call) =>
        readOne(deps, call, { what: 'test clock', find: (tx) => findTestClock(tx, call.tenant, params.id) }),
    }),
    operation({
      id: 'advanceTestClock',
      method: 'post',
      path: '/test-clocks/{id}/advance',
      tag: 'Test clocks',
      summary: 'Move a test clock forward',
      description:
        'Does everything that falls due on the way, instant by instant. Answers when the clock is stable: nothing due, nothing unresolved.',
      params,
      command: true,
      body: testClockAdvance.omit({ clockId: true }),
      answers: commandAnswers(200, 'The clock, stable at its target.', testClockArrived),
      run: ({ params, body }, call) =>
        sendCommand(deps.commandBus, call, {
          type: 'test_clock.advance',
          payload: { ...body, clockId: params.id },
          status: 200,
        }),
    }),
  ];
}
