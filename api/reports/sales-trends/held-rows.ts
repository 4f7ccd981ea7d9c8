import type { HeldDimension } from '../../cubes/cells/held-attributes.ts';
import type { HeldState } from '../../cubes/cells/held-cells.ts';
import { type Condition, type GroupKey, sumGroups } from '../../cubes/cells/sum-groups.ts';
import type { RowOf } from '../../held/held-rows.ts';
import type { TextRow } from '../../warehouse-reader.ts';
import { dayOf } from '../calendar.ts';
import { decimalText } from '../decimal.ts';
import { UNKNOWN } from '../unknown.ts';
import { amountColumn, type CellsQuestion } from './cells-queries.ts';
import { DIMENSION_SQL, type Dimension, type DimensionName } from './dimension.ts';
import { placesOf, type Raw } from './measures.ts';
import type { Window } from './windows.ts';

const ROW_COUNT = 'order_lines';

/** Columns of the cube of days. */
const COLUMNS: Readonly<Partial<Record<DimensionName, string>>> = {
  region: 'region',
  country: 'country',
  channel: 'channel',
  currency: 'currency',
  product: 'product_id',
};

/** Whether an answer has something of products that the cubes have only the number of. */
export function needsProducts({ dimensions, selection }: CellsQuestion): boolean {
  const ofProducts = ({ name, needs }: Dimension): boolean => needs === 'p' || name === 'product';
  return dimensions.some(ofProducts) || selection.filters.some(({ name }) => DIMENSION_SQL[name].needs === 'p');
}

/**
 * The rows of the cubes' query, from held cells of days and, where it needs them, products; null where they do not tell apart what is
 * asked for.
 */
export function heldRows(
  question: CellsQuestion,
  measures: readonly Raw[],
  { cells, products }: { readonly cells: HeldState; readonly products: RowOf },
): TextRow[] | null {
  const { selection, dimensions, top, layer, highest } = question;
  if (highest !== undefined) return null;
  const windowOf = windowsOf(layer);
  const keys: GroupKey[] = [
    { dimension: 'order_date', groupOf: (day) => String(windowOf(dayOf(day) as number)?.from) },
  ];
  for (const { name } of dimensions) {
    const read = readOf(name);
    if (read === null) return null;
    const kept = top?.dimension.name === name ? new Set(top.keys) : null;
    const groupOf = (value: string): string | null => {
      const key = read.of(value);
      return kept === null || kept.has(key) ? key : null;
    };
    keys.push({ dimension: read.column, groupOf });
  }
  const conditions: Condition[] = [
    { dimension: 'order_date', holds: (day) => windowOf(dayOf(day) as number) !== undefined },
  ];
  const { currency } = selection;
  if (currency !== null) conditions.push({ dimension: 'currency', holds: (value) => value === currency });
  for (const { name, values } of selection.filters) {
    const read = readOf(name);
    if (read === null) return null;
    const wanted = new Set(values);
    conditions.push({ dimension: read.column, holds: (value) => wanted.has(read.of(value)) });
  }
  const columns = measures.map((name) => [name, amountColumn(name, selection)] as const);
  const needed = new Set([...columns.map(([, column]) => column), ROW_COUNT]);
  const summed = sumGroups({ ...cells, keys, conditions, measures: needed });
  if (summed === null) return null;
  const product = dimensions.findIndex(({ name }) => name === 'product');
  return summed.groups
    .filter((group) => group.of(ROW_COUNT) !== 0n)
    .slice(0, selection.maxCells)
    .map((group) => {
      const [bucket = null, ...texts] = group.parts.map((part, i) => summed.texts[i]?.[part] ?? null);
      return {
        bucket,
        ...Object.fromEntries(texts.map((text, i) => [`key_${i}`, text])),
        ...(product >= 0 && namesOf(texts[product] ?? null)),
        ...Object.fromEntries(columns.map(([name, column]) => [name, decimalText(group.of(column), placesOf(name))])),
      };
    });

  /** The column that a dimension's values are found from; null where there is none. */
  function readOf(name: DimensionName): HeldDimension | null {
    const column = COLUMNS[name];
    if (column !== undefined) return { column, of: (value) => value };
    if (DIMENSION_SQL[name].needs !== 'p') return null;
    return { column: 'product_id', of: (id) => products(id)?.[name] ?? UNKNOWN };
  }

  /** Of a product that is itself; those that are not known have none. */
  function namesOf(id: string | null): TextRow {
    const found = id === null ? null : products(id);
    return { sku: found?.sku ?? '', product: found?.product ?? '' };
  }
}

/** Which window of a layer a day is in. */
function windowsOf(layer: readonly Window[]): (day: number) => Window | undefined {
  return (day) => {
    let [low, high] = [0, layer.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((layer[middle] as Window).to < day) low = middle + 1;
      else high = middle;
    }
    const window = layer[low];
    return window !== undefined && window.from <= day ? window : undefined;
  };
}
