// Owns what is done to one customer: attaching payment methods, and its release after a bug.
import { z } from 'zod';
import { findCustomerId } from '#db/views/customers.ts';
import { commandAnswers } from '#http/command-answers.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Operation, operation } from '#http/operation.ts';
import { paymentMethodAttached } from '#http/schemas/customers.ts';
import { customerName } from '#http/schemas/fields.ts';
import { sendCustomerCommand } from '#http/send-customer-command.ts';
import { paymentMethodAttach } from '#runtime/commands/customer-commands.ts';

const params = z.object({ id: customerName('The customer') });

export function customerActionRoutes(deps: HttpDeps): Operation[] {
  return [
    operation({
      id: 'attachPaymentMethod',
      method: 'post',
      path: '/customers/{id}/payment-methods',
      tag: 'Customers',
      summary: 'Attach a payment method',
      description:
        'A token of the gateway, never a card number. The gateway of sandboxes is called `fake`, and its tokens say by how they ' +
        'begin what they do: `tok_ok` pays, `tok_decline` is declined, `tok_decline_once` is declined once and then pays, ' +
        '`tok_unknown_once` pays and loses the answer, `tok_down` never answers. Any other is declined as `invalid_token`.',
      params,
      command: true,
      body: paymentMethodAttach,
      answers: commandAnswers(201, 'Attached.', paymentMethodAttached),
      run: ({ params, body }, call) =>
        sendCustomerCommand(deps, call, {
          owner: (tx) => findCustomerId(tx, call.tenant, params.id),
          type: 'payment_method.attach',
          payload: body,
          status: 201,
        }),
    }),
    operation({
      id: 'releaseCustomer',
      method: 'post',
      path: '/customers/{id}/release',
      tag: 'Customers',
      summary: 'Let a parked customer go on',
      description: 'A customer is parked when its turn hits a bug. Release it once the cause is gone.',
      params,
      command: true,
      answers: commandAnswers(
        200,
        'Released, with the charges that were parked.',
        z.object({ id: z.string(), charges: z.array(z.string()) }),
      ),
      run: ({ params }, call) =>
        sendCustomerCommand(deps, call, {
          owner: (tx) => findCustomerId(tx, call.tenant, params.id),
          type: 'customer.release',
          payload: {},
          status: 200,
        }),
    }),
  ];
}
