import { escapeIdentifier, escapeLiteral } from 'pg';
import type { TypeCase } from './type-cases.ts';

/** How a value reached the source: before the capture began, by a streamed insert, or by a streamed update. */
export const PATHS = ['snapshot', 'insert', 'update'] as const;
export type Path = (typeof PATHS)[number];

export type ValueClass = 'ordinary' | 'extreme' | 'special';

/** One value of one type. */
export interface MatrixValue {
  /** Number of the value among those of its type. */
  readonly n: number;
  readonly kind: ValueClass;
  /** SQL of the value, cast to its type. */
  readonly sql: string;
  /** What the list of rejected rows calls it. */
  readonly label: string;
}

export interface MatrixColumn {
  readonly name: string;
  readonly type: string;
  readonly typeCase: TypeCase;
  readonly values: readonly MatrixValue[];
}

const CLASSES: readonly ValueClass[] = ['ordinary', 'extreme', 'special'];

export function scalarColumns(cases: readonly TypeCase[]): MatrixColumn[] {
  return cases.map((typeCase, i) => ({ name: `c${i}`, type: typeCase.type, typeCase, values: scalarValues(typeCase) }));
}

export function wishedColumns(cases: readonly TypeCase[]): MatrixColumn[] {
  return scalarColumns(cases).map((column, i) => ({ ...column, name: `w${i}` }));
}

/** Arrays of every type: each value as an element beside a NULL, and one that is empty. */
export function arrayColumns(cases: readonly TypeCase[]): MatrixColumn[] {
  return cases
    .filter((typeCase) => !typeCase.type.endsWith('[]'))
    .map((typeCase, i) => {
      const type = `${typeCase.type}[]`;
      const values = scalarValues(typeCase).map((value) => ({
        ...value,
        sql: `array[${value.sql}, null, ${value.sql}]::${type}`,
        label: `{${value.label},NULL,…}`,
      }));
      const empty = { n: values.length, kind: 'special' as const, sql: `'{}'::${type}`, label: '{}' };
      return { name: `a${i}`, type, typeCase, values: [...values, empty] };
    });
}

function scalarValues(typeCase: TypeCase): MatrixValue[] {
  return CLASSES.flatMap((kind) => typeCase[kind].map((text) => ({ kind, text }))).map(({ kind, text }, n) => ({
    n,
    kind,
    sql: `${escapeLiteral(text)}::${typeCase.type}`,
    label: labelOf(text),
  }));
}

function labelOf(text: string): string {
  const shown = JSON.stringify(text);
  return shown.length <= 60 ? shown : `${shown.slice(0, 40)}… (${text.length})`;
}

const PATH_STEP = 1_000_000;
const COLUMN_STEP = 1_000;

/** The id of the row that holds one value alone. */
export function rowId(path: Path, column: number, value: number): number {
  return PATHS.indexOf(path) * PATH_STEP + column * COLUMN_STEP + value + 1;
}

export function createWideTableSql(table: string, columns: readonly MatrixColumn[]): string {
  const list = columns.map(({ name, type }) => `${escapeIdentifier(name)} ${type}`);
  return `create table ${escapeIdentifier(table)} (id bigint primary key, ${list.join(', ')})`;
}

/** Statements that bring every value into the table on one path. The snapshot's also make the rows to be updated. */
export function fillSql(table: string, columns: readonly MatrixColumn[], path: Path): string[] {
  return columns.flatMap(({ name, values }, c) => {
    const column = escapeIdentifier(name);
    const target = escapeIdentifier(table);
    const rows = (of: Path, sqlOf: (value: MatrixValue) => string): string =>
      `insert into ${target} (id, ${column}) values ${values.map((value) => `(${rowId(of, c, value.n)}, ${sqlOf(value)})`).join(', ')}`;
    if (values.length === 0) return [];
    if (path === 'snapshot') return [rows('snapshot', ({ sql }) => sql), rows('update', () => 'null')];
    if (path === 'insert') return [rows('insert', ({ sql }) => sql)];
    const cases = values.map(({ n, sql }) => `when ${rowId('update', c, n)} then ${sql}`).join(' ');
    const ids = values.map(({ n }) => rowId('update', c, n)).join(', ');
    return [`update ${target} set ${column} = case id ${cases} end where id in (${ids})`];
  });
}
