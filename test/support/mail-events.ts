// Owns snapshots of an invoice and of a payment, as billing events carry them.

const line = (description: string, amount: string, month = 11) => ({
  id: 'lin_1',
  kind: 'usage',
  description,
  quantity: '1000',
  unitAmount: null,
  amount,
  serviceStart: `2023-${month}-01T00:00:00.000000Z`,
  serviceEnd: month === 11 ? '2023-12-01T00:00:00.000000Z' : '2024-01-01T00:00:00.000000Z',
  priceKey: 'tokens',
});

export const INVOICE = {
  id: 'inv_1',
  number: 'INV-000042',
  status: 'open',
  currency: 'USD',
  subtotal: '102880',
  tax: '20576',
  total: '123456',
  amountPaid: '0',
  amountRemaining: '123456',
  issueDate: '2023-12-01',
  dueAt: '2023-12-31T00:00:00.000000Z',
  autoCollect: true,
  lines: [line('Platform fee', '49000', 12), line('Input tokens', '40000'), line('Output tokens', '13880')],
};

export const PAYMENT = {
  id: 'pat_1',
  invoiceId: 'inv_1',
  invoiceNumber: 'INV-000042',
  amount: '123456',
  currency: 'USD',
  gateway: 'fake',
  reference: 'ch_123',
  attempt: 1,
  dueAt: '2023-12-31T00:00:00.000000Z',
  settledAt: '2023-12-01T09:00:00.000000Z',
  nextAttemptAt: null,
};
