// Owns the schemas of invoices and payments as the API answers them.
import { z } from 'zod';
import { currency, decimal, id, minorUnits, time } from './fields.ts';

export const invoiceStatus = z.enum(['draft', 'open', 'paid', 'void', 'uncollectible']);

export const invoice = z
  .object({
    id: id('inv'),
    number: z.string().nullable().meta({ description: 'Null while a draft.', example: 'INV-2023-000001' }),
    status: invoiceStatus,
    kind: z.enum(['cycle', 'supplement']),
    collectionMethod: z.enum(['charge_automatically', 'send_invoice']),
    customerId: id('cus'),
    customerExternalId: z.string().meta({ example: 'acme' }),
    customerName: z.string().meta({ example: 'Acme Ltd' }),
    currency,
    subtotal: minorUnits,
    tax: minorUnits,
    total: minorUnits,
    amountPaid: minorUnits,
    amountRemaining: minorUnits,
    boundaryAt: time.meta({ description: 'The period boundary at which it was billed.' }),
    finalizeAt: time.nullable(),
    issuedAt: time.nullable(),
    issueDate: z.string().nullable().meta({ format: 'date', example: '2023-12-01' }),
    dueAt: time.nullable(),
    nextAttemptAt: time.nullable(),
    paidAt: time.nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Invoice' });

const line = z
  .object({
    id: id('lin'),
    kind: z.enum(['fee', 'usage', 'late_usage']),
    description: z.string().meta({ example: 'Input tokens' }),
    quantity: decimal,
    unitAmount: decimal.nullable(),
    amount: minorUnits,
    serviceStart: time,
    serviceEnd: time,
    priceKey: z.string().nullable().meta({ example: 'input' }),
    chargeId: id('chg'),
    runId: id('run'),
  })
  .meta({ id: 'InvoiceLine' });

const attempt = z
  .object({
    id: id('pat'),
    number: z.int().meta({ example: 1 }),
    status: z.enum(['intended', 'unknown', 'succeeded', 'failed']),
    amount: minorUnits,
    currency,
    gateway: z.string().meta({ example: 'fake' }),
    paymentMethodId: id('pm'),
    reference: z.string().nullable(),
    code: z.string().nullable().meta({ example: 'card_declined' }),
    message: z.string().nullable(),
    callCount: z.int(),
    createdAt: time,
    settledAt: time.nullable(),
  })
  .meta({ id: 'PaymentAttempt' });

const invoicePayment = z
  .object({
    paymentId: id('pay'),
    gateway: z.string().meta({ example: 'fake' }),
    reference: z.string(),
    amount: minorUnits,
    currency,
    receivedAt: time,
  })
  .meta({ id: 'InvoicePayment' });

export const invoiceDetail = invoice
  .extend({ lines: z.array(line), attempts: z.array(attempt), payments: z.array(invoicePayment) })
  .meta({ id: 'InvoiceDetail' });

export const paymentAsked = z.object({ id: id('inv'), amountRemaining: minorUnits });

export const payment = z
  .object({
    id: id('pay'),
    customerId: id('cus'),
    gateway: z.string().meta({ example: 'fake' }),
    reference: z.string(),
    attemptId: id('pat').nullable(),
    amount: minorUnits,
    unapplied: minorUnits.meta({ description: 'What no invoice took.' }),
    currency,
    receivedAt: time,
    allocations: z.array(z.object({ invoiceId: id('inv'), amount: minorUnits })),
  })
  .meta({ id: 'Payment' });
