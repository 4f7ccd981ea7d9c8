import { quoteIdentifier, quoteString } from '../../clickhouse/quote.ts';
import { unwrappedType } from '../../clickhouse/type-name.ts';
import type { ModelColumn } from '../store/model-table.ts';

/**
 * SQL that makes rows of these columns: few different values of each, so that rows of one set meet those of another in the
 * cells of any cube, and so many days that some cells have one row and some have many; negative and NULL values are among
 * them. The entity is another one in each row and each set.
 */
export function sampleRows(options: {
  columns: readonly ModelColumn[];
  entity: string;
  rows: number;
  /** Number of the set, from 0. */
  set: number;
}): string {
  const { columns, entity, rows, set } = options;
  const fields = columns.map(({ name, type }, i) => {
    const value =
      name === entity ? entityOf(type, `number + ${rows * set}`) : sampleOf(type, `cityHash64(number, ${set}, ${i})`);
    return `${value} as ${quoteIdentifier(name)}`;
  });
  return `select ${fields.join(', ')} from numbers(${rows})`;
}

function entityOf(type: string, number: string): string {
  const { base } = unwrappedType(type);
  if (base === 'UUID') return `toUUID(concat('00000000-0000-0000-0000-', leftPad(toString(${number}), 12, '0')))`;
  return `cast(${number}, ${quoteString(type)})`;
}

function sampleOf(type: string, hash: string): string {
  const { base, isNullable } = unwrappedType(type);
  const value = `cast(${plainValue(base, hash)}, ${quoteString(type)})`;
  return isNullable ? `if(${hash} % 7 = 0, null, ${value})` : value;
}

function plainValue(type: string, hash: string): string {
  if (/^(Decimal|Float)/.test(type)) return `(toInt64(${hash} % 1999) - 500) / 100`;
  if (/^Int/.test(type)) return `toInt64(${hash} % 5) - 1`;
  if (/^UInt/.test(type)) return `${hash} % 5`;
  if (/^Date/.test(type)) return `toDate32('2024-02-28') + toIntervalDay(${hash} % 60)`;
  if (type === 'Bool') return `${hash} % 2 = 0`;
  if (type === 'String') return `concat('s', toString(${hash} % 2))`;
  if (type === 'UUID') return `toUUID(concat('00000000-0000-0000-0000-00000000000', toString(${hash} % 2)))`;
  return `defaultValueOfTypeName(${quoteString(type)})`;
}
