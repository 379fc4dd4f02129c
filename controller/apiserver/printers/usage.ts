import { isQuantity, quantityToNumber } from '@bramble/protocol/schema/index.ts';
import { isObject, listAt, objectAt } from '@bramble/protocol/schema/json.ts';
import { column, nameColumn, type Printer, textOf } from './printer.ts';

/** Of boards, and of pods as the sum of their containers. */
export const usagePrinter: Printer = {
  columns: [
    nameColumn,
    column('CPU', 'Thousandths of a processor in use.'),
    column('Memory', 'The working set.'),
    column('Window', 'Time over which the processor was measured.'),
  ],
  cells: (object) => {
    const parts = [object, ...listAt(object, 'containers').filter(isObject)];
    const sum = (resource: string): number =>
      parts.reduce((total, part) => total + amountOf(objectAt(part, 'usage')[resource]), 0);
    return [
      object.metadata.name,
      `${Math.ceil(sum('cpu') * 1_000)}m`,
      `${Math.ceil(sum('memory') / 1_048_576)}Mi`,
      textOf(object['window']),
    ];
  },
};

function amountOf(quantity: unknown): number {
  return typeof quantity === 'string' && isQuantity(quantity) ? quantityToNumber(quantity) : 0;
}
