import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../../warehouse/clickhouse/quote.ts';
import type { Cube, CubeDimension, CubeMeasure } from '../../warehouse/models/cubes/cube.ts';
import { decimalText, divided, unitsOf } from '../reports/decimal.ts';
import { scaleOf } from './column-kind.ts';

/** Cells of cubes and rows of dimension tables as text, by model: read plainly, for comparing. */
export type PlainTables = ReadonlyMap<string, readonly PlainRow[]>;
type PlainRow = Readonly<Record<string, string | null>>;

/** A question as a client writes it. */
export interface PlainQuestion {
  readonly measures: readonly string[];
  readonly dimensions: readonly { readonly name: string; readonly grain?: string }[];
  readonly filters: readonly { readonly name: string; readonly operator: string; readonly values: readonly string[] }[];
  readonly time_range?: { readonly name: string; readonly from: string; readonly to: string };
}

export async function readPlainTables(client: ClickHouseClient, cubes: readonly Cube[]): Promise<PlainTables> {
  const models = cubes.flatMap((cube) => [
    cube.name,
    ...cube.dimensions.flatMap(({ attribute }) => attribute?.model ?? []),
  ]);
  const tables = new Map<string, PlainRow[]>();
  for (const model of new Set(models)) {
    const result = await client.query({
      query: `select * apply(x -> toString(x)) from marts.${quoteIdentifier(model)}`,
      format: 'JSONCompactEachRowWithNames',
    });
    const [names = [], ...rows] = await result.json<(string | null)[]>();
    const columns = names.map((name) => String(name).replace(/^toString\((.*)\)$/, '$1'));
    tables.set(
      model,
      rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null]))),
    );
  }
  return tables;
}

/** The answer by straightforward sums over all cells, in memory: rows as texts, in no order. */
export function plainAnswer(cube: Cube, asked: PlainQuestion, tables: PlainTables): Record<string, string | null>[] {
  const dimension = (name: string) => cube.dimensions.find((each) => each.name === name);
  const cellOf = (row: PlainRow, of: CubeDimension): string | null => {
    const value = of.attribute === null ? row[of.name] : attributeOf(row, of.attribute);
    if (!isText(of.type)) return value ?? null;
    return value === null || value === undefined || value === '' ? '(unknown)' : value;
  };
  function attributeOf(row: PlainRow, { column, model, key, attribute }: NonNullable<CubeDimension['attribute']>) {
    return tables.get(model)?.find((each) => each[key] === row[column])?.[attribute] ?? null;
  }

  const groups = new Map<string, { keys: (string | null)[]; rows: PlainRow[] }>();
  if (asked.dimensions.length === 0) groups.set('[]', { keys: [], rows: [] });
  for (const row of tables.get(cube.name) ?? []) {
    const { time_range: range } = asked;
    if (range !== undefined) {
      const day = cellOf(row, dimension(range.name) as CubeDimension)?.slice(0, 10) ?? '';
      if (day < range.from || day > range.to) continue;
    }
    const isIn = asked.filters.every(({ name, operator, values }) => {
      const of = dimension(name);
      return of === undefined || holds(cellOf(row, of), operator, values, of.type);
    });
    if (!isIn) continue;
    const keys = asked.dimensions.map(({ name, grain }) => {
      const value = cellOf(row, dimension(name) as CubeDimension);
      return grain === undefined || value === null ? value : periodStart(value.slice(0, 10), grain);
    });
    const key = JSON.stringify(keys);
    const group = groups.get(key) ?? { keys, rows: [] };
    group.rows.push(row);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap(({ keys, rows }) => {
    const total = (name: string) => aggregated(cube, name, rows);
    const isIn = asked.filters.every(({ name, operator, values }) => {
      const measure = cube.measures.find((each) => each.name === name);
      return measure === undefined || holds(total(name), operator, values, measure.type);
    });
    if (!isIn) return [];
    return Object.fromEntries([
      ...asked.dimensions.map(({ name }, i) => [name, keys[i] ?? null]),
      ...asked.measures.map((name) => [name, total(name)]),
    ]);
  });
}

function isText(type: string): boolean {
  return /String|Enum|Array|UUID/.test(type);
}

function holds(value: string | null, operator: string, values: readonly string[], type: string): boolean {
  const compare = (a: string, b: string): number => {
    if (isText(type) || /Date/.test(type)) return a < b ? -1 : a > b ? 1 : 0;
    const [x, y] = [unitsOf(a, 12), unitsOf(b, 12)];
    return x < y ? -1 : x > y ? 1 : 0;
  };
  if (operator === 'not_equals') return value === null || values.every((each) => compare(value, each) !== 0);
  if (value === null) return operator === 'is_null';
  const [first = ''] = values;
  switch (operator) {
    case 'equals':
      return values.some((each) => compare(value, each) === 0);
    case 'greater':
      return compare(value, first) > 0;
    case 'less_or_equal':
      return compare(value, first) <= 0;
    case 'contains':
      return value.toLowerCase().includes(first.toLowerCase());
    case 'starts_with':
      return value.startsWith(first);
    default:
      throw new Error(`not compared here: ${operator}`);
  }
}

function aggregated(cube: Cube, name: string, rows: readonly PlainRow[]): string | null {
  const { aggregate, ratio, type } = cube.measures.find((each) => each.name === name) as CubeMeasure;
  if (aggregate === 'count') return String(rows.length);
  const values = rows.map((row) => row[name] ?? null).filter((value) => value !== null);
  if (aggregate === 'min') return values.sort()[0] ?? null;
  if (aggregate === 'max') return values.sort().at(-1) ?? null;
  if (ratio === null) {
    const scale = scaleOf(type) ?? 0;
    return decimalText(
      values.reduce((sum, value) => sum + unitsOf(value, scale), 0n),
      scale,
    );
  }
  const [of, by] = [ratio.of, ratio.by].map((part) => unitsOf(aggregated(cube, part, rows) ?? '0', 12)) as [
    bigint,
    bigint,
  ];
  if (by === 0n) return null;
  return decimalText(divided(of * 10n ** BigInt(ratio.scale), by), ratio.scale);
}

function periodStart(day: string, grain: string): string {
  const [year, month] = [day.slice(0, 4), Number(day.slice(5, 7))];
  if (grain === 'year') return `${year}-01-01`;
  if (grain === 'quarter') return `${year}-${String(month - ((month - 1) % 3)).padStart(2, '0')}-01`;
  if (grain === 'month') return `${day.slice(0, 7)}-01`;
  const date = new Date(`${day}T00:00:00Z`);
  if (grain === 'week') date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return date.toISOString().slice(0, 10);
}
