// Owns what every invoice of the demo must say, computed straight from the trace in plain decimal arithmetic.
// Imports nothing of the engine: it is the second opinion.
import { Decimal } from 'decimal.js';
import { INPUT_TOKEN_TIERS, MONTHLY_FEE, OUTPUT_TOKEN_PRICE, REQUEST_PACKAGE } from './price-list.ts';
import { CUSTOMERS, customerOf, isLate, type TraceRow } from './trace.ts';

const Exact = Decimal.clone({ precision: 60 });

/** Cents, and a quantity where usage is billed. */
export type ExpectedLine = { readonly cents: bigint; readonly quantity: string };

/** Lines by what they bill: `fee`, `requests`, `late input_tokens`, …; invoices by the day they are billed at. */
export type ExpectedInvoice = {
  readonly customer: number;
  readonly billedOn: string;
  readonly lines: ReadonlyMap<string, ExpectedLine>;
  readonly total: bigint;
};

type Counted = { readonly requests: number; readonly inputTokens: Decimal; readonly outputTokens: Decimal };

/** Three invoices for each customer: November's fee; November's usage with December's fee; late usage with January's fee. */
export function recompute(rows: readonly TraceRow[]): ExpectedInvoice[] {
  return Array.from({ length: CUSTOMERS }, (_, index) => index + 1).flatMap((customer) => {
    const all = rows.filter((row) => customerOf(row) === customer);
    const inTime = usageLines(count(all.filter((row) => !isLate(row))));
    const whole = usageLines(count(all));
    return [
      invoice(customer, '2023-11-01', new Map()),
      invoice(customer, '2023-12-01', inTime),
      invoice(customer, '2024-01-01', lateLines(inTime, whole)),
    ];
  });
}

function invoice(
  customer: number,
  billedOn: string,
  usage: ReadonlyMap<string, ExpectedLine>,
): ExpectedInvoice {
  const fee = { cents: toCents(new Exact(MONTHLY_FEE)), quantity: '1' };
  const lines = new Map([['fee', fee], ...usage]);
  return {
    customer,
    billedOn,
    lines,
    total: [...lines.values()].reduce((sum, { cents }) => sum + cents, 0n),
  };
}

function count(rows: readonly TraceRow[]): Counted {
  const sum = (values: readonly string[]) => values.reduce((total, value) => total.plus(value), new Exact(0));
  return {
    requests: rows.length,
    inputTokens: sum(rows.map((row) => row.inputTokens)),
    outputTokens: sum(rows.map((row) => row.outputTokens)),
  };
}

/** Nothing used makes no line. */
function usageLines({ requests, inputTokens, outputTokens }: Counted): Map<string, ExpectedLine> {
  if (requests === 0) return new Map();
  const packages = new Exact(requests).dividedBy(REQUEST_PACKAGE.size).ceil();
  return new Map([
    ['requests', line(packages.times(REQUEST_PACKAGE.amount), new Exact(requests))],
    ['input_tokens', line(graduated(inputTokens), inputTokens)],
    ['output_tokens', line(outputTokens.times(OUTPUT_TOKEN_PRICE), outputTokens)],
  ]);
}

/** Late usage costs what the whole month costs more because of it; a difference of nothing makes no line. */
function lateLines(
  inTime: ReadonlyMap<string, ExpectedLine>,
  whole: ReadonlyMap<string, ExpectedLine>,
): Map<string, ExpectedLine> {
  const nothing = { cents: 0n, quantity: '0' };
  const lines = [...whole].map(([what, now]): [string, ExpectedLine] => {
    const before = inTime.get(what) ?? nothing;
    const quantity = new Exact(now.quantity).minus(before.quantity).toFixed();
    return [`late ${what}`, { cents: now.cents - before.cents, quantity }];
  });
  return new Map(lines.filter(([, { cents }]) => cents !== 0n));
}

function line(amount: Decimal, quantity: Decimal): ExpectedLine {
  return { cents: toCents(amount), quantity: quantity.toFixed() };
}

function graduated(tokens: Decimal): Decimal {
  let from = new Exact(0);
  let amount = new Exact(0);
  for (const { upTo, unitAmount } of INPUT_TOKEN_TIERS) {
    const to = upTo === null ? tokens : Exact.min(tokens, upTo);
    if (to.greaterThan(from)) amount = amount.plus(to.minus(from).times(unitAmount));
    if (upTo !== null) from = new Exact(upTo);
  }
  return amount;
}

/** Half a cent goes up. */
function toCents(dollars: Decimal): bigint {
  return BigInt(dollars.times(100).toDecimalPlaces(0, Decimal.ROUND_HALF_UP).toFixed());
}
