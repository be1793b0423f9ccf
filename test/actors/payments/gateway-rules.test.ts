// Which gateway a customer may pay through: the fake one moves no money, so a live tenant's invoices never count as paid by it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testActor } from '#test/support/actor.ts';

const NOW = '2023-11-01T00:00:00Z';
const attach = (gateway: string) => ({ type: 'payment_method.attach', gateway, token: 'tok_1' }) as const;

function answerTo(gateway: string, { sandbox = false, onTestClock = false }): [string, string | undefined] {
  const actor = testActor([], { terms: { sandbox }, card: false });
  const [customer] = actor.rows('customer');
  assert.ok(customer);
  const clockId = onTestClock ? 'clk_1' : null;
  actor.state = {
    ...actor.state,
    rows: { ...actor.state.rows, customer: [{ ...customer, clockId }] },
  };
  const [outcome] = actor.at(NOW, attach(gateway));
  assert.ok(outcome);
  assert.equal(actor.rows('paymentMethods').length, outcome.ok ? 1 : 0);
  return outcome.ok ? ['ok', undefined] : [outcome.code, outcome.pointer];
}

describe('a payment method', () => {
  it('of the fake gateway is refused to a live tenant and taken in a sandbox', () => {
    assert.deepEqual(answerTo('fake', { sandbox: false }), ['gateway_only_in_sandbox', '/gateway']);
    assert.deepEqual(answerTo('fake', { sandbox: true }), ['ok', undefined]);
  });

  it('of a real gateway is taken by live tenants and sandboxes, but not on a test clock', () => {
    assert.deepEqual(answerTo('other', { sandbox: false }), ['ok', undefined]);
    assert.deepEqual(answerTo('other', { sandbox: true }), ['ok', undefined]);
    const clocked = answerTo('other', { sandbox: true, onTestClock: true });
    assert.deepEqual(clocked, ['gateway_not_for_test_clock', '/gateway']);
    assert.deepEqual(answerTo('fake', { sandbox: true, onTestClock: true }), ['ok', undefined]);
  });

  it('of a gateway that does not exist is refused: its first charge would be unknown for ever', () => {
    assert.deepEqual(answerTo('bank', { sandbox: true }), ['unknown_gateway', '/gateway']);
  });
});
