// Owns the matrix charge model: the unit amount depends on the dimensions of the usage, such as region and size.
import { type Dec, decimal, printDecimal, sumDecimals, ZERO } from '#actors/money/decimal.ts';
import type { Draft } from '#actors/pricing/draft.ts';
import { amount, objects, optionalObject, texts } from '#actors/pricing/field-values.ts';
import type { Fields } from '#actors/pricing/fields.ts';
import { asked, type Metered, type MeteredGroup } from '#actors/pricing/metered.ts';

/** `when` names values of dimensions; a dimension it does not name may have any value. */
export type MatrixCell = { readonly when: Readonly<Record<string, string>>; readonly unitAmount: string };

/** Each group of usage takes the cell that names most of its values, then the earlier one; without a cell, the default. */
export type MatrixPrice = {
  readonly type: 'matrix';
  readonly cells: readonly MatrixCell[];
  readonly defaultUnitAmount: string;
};

const CELLS_MAX = 1_000;
const DIMENSIONS_MAX = 10;

export function parseMatrix(fields: Fields): MatrixPrice {
  const known = new Set<string>();
  const cells = objects(fields, 'cells', CELLS_MAX).map((cell): MatrixCell => {
    const when = optionalObject(cell, 'when');
    if (when === undefined && cell.take('when') === undefined) cell.problem('when', 'is required');
    const read = {
      when: when === undefined ? {} : texts(when, DIMENSIONS_MAX),
      unitAmount: amount(cell, 'unitAmount'),
    };
    cell.refuseOthers();
    const combination = JSON.stringify(Object.entries(read.when).sort(([a], [b]) => (a < b ? -1 : 1)));
    if (known.has(combination) && Object.keys(read.when).length > 0)
      cell.problem('when', 'is that of an earlier cell, which would take all of it');
    known.add(combination);
    return read;
  });
  return { type: 'matrix', cells, defaultUnitAmount: amount(fields, 'defaultUnitAmount') };
}

/** Groups are rated in their order; a group at or below zero costs nothing. */
export function rateMatrix(price: MatrixPrice, metered: Metered): Draft {
  const parts = asked(metered.groups, 'its dimensions').map((group) => rateGroup(price, group));
  return { exact: sumDecimals(parts.map((part) => part.exact)), steps: parts.map((part) => part.step) };
}

function rateGroup(price: MatrixPrice, { values, quantity }: MeteredGroup) {
  const unitAmount = cellOf(price.cells, values)?.unitAmount ?? price.defaultUnitAmount;
  const exact: Dec = quantity.greaterThan(ZERO) ? quantity.times(decimal(unitAmount)) : ZERO;
  const step = {
    kind: 'group',
    values,
    quantity: printDecimal(quantity),
    unitAmount,
    subtotal: printDecimal(exact),
  } as const;
  return { exact, step };
}

function cellOf(cells: readonly MatrixCell[], values: MeteredGroup['values']): MatrixCell | undefined {
  let best: { cell: MatrixCell; named: number } | undefined;
  for (const cell of cells) {
    const wanted = Object.entries(cell.when);
    const matches = wanted.every(
      ([dimension, value]) => Object.hasOwn(values, dimension) && values[dimension] === value,
    );
    if (matches && (best === undefined || wanted.length > best.named)) best = { cell, named: wanted.length };
  }
  return best?.cell;
}
