import type { ModelColumn } from './store/model-table.ts';

/** A row of the journal, with the columns that `columns` lists (JSON), as a line of the kept rows. */
export type ReadRow = (columns: string, row: string) => string;

/** A field as the server prints it. */
type Print = (field: string) => string;

const NULL_FIELD = '\\N';
const NO_ELEMENTS = '[]';
/** What the server escapes and loaders do not. */
const BARE = /['\b\f\0]/;

/**
 * Loaders write a row as Postgres printed it, the server prints it its own way, and rows are looked up by their texts: so each is made
 * what the server would print. Where a row has other columns, or others in front, its fields are put into the table's order; what it does
 * not have is NULL.
 */
export function createRowReader(columns: readonly ModelColumn[]): ReadRow {
  const own = JSON.stringify(columns.map(({ name }) => name));
  const prints = columns.map(({ type }) => printOf(type));
  const printed = prints.flatMap((print, i) => (print === null ? [] : [i]));
  const texts = columns.flatMap(({ type }, i) => (/^(LowCardinality\(|Nullable\()*String\)*$/.test(type) ? [i] : []));
  /** By the columns of a row: where each of ours is in it, -1 where it is not. */
  const orders = new Map<string, number[]>();

  function orderOf(list: string): number[] {
    const known = orders.get(list);
    if (known !== undefined) return known;
    const names = JSON.parse(list) as string[];
    const order = columns.map(({ name }) => names.indexOf(name));
    orders.set(list, order);
    return order;
  }

  return (list, row) => {
    const isPlain = !BARE.test(row);
    if (list === own && printed.length === 0 && isPlain) return row;
    let fields = row.split('\t');
    if (list !== own) fields = orderOf(list).map((at, i) => fields[at] ?? absentOf(columns[i] as ModelColumn));
    for (const i of printed) {
      const field = fields[i] as string;
      if (field !== NULL_FIELD) fields[i] = (prints[i] as Print)(field);
    }
    if (!isPlain) for (const i of texts) fields[i] = printText(fields[i] as string);
    return fields.join('\t');
  };
}

function absentOf({ type }: ModelColumn): string {
  return type.startsWith('Array(') ? NO_ELEMENTS : NULL_FIELD;
}

/** Null where Postgres prints a value as the server does. */
function printOf(type: string): Print | null {
  const [, nested] = /^Nullable\((.*)\)$/.exec(type) ?? [];
  const bare = nested ?? type;
  if (bare === 'Bool') return printBool;
  if (bare.startsWith('DateTime64(6')) return printMoment;
  if (bare === 'Time64(6)') return printTime;
  if (bare.startsWith('Decimal(')) return printDecimal;
  if (bare === 'Float32' || bare === 'Float64') return printFloat;
  return null;
}

function printText(field: string): string {
  return field.replace(/\\.|['\b\f\0]/g, (found) => ESCAPES.get(found) ?? found);
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["'", "\\'"],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\0', '\\0'],
]);

function printBool(field: string): string {
  if (field === 't') return 'true';
  return field === 'f' ? 'false' : field;
}

const printMoment = withMicroseconds('2026-01-01 00:00:00.000000'.length);
const printTime = withMicroseconds('00:00:00.000000'.length);

/** With six digits behind the point. */
function withMicroseconds(length: number): Print {
  return (field) => (field.length >= length ? field : field.padEnd(length, field.includes('.') ? '0' : '.000000'));
}

/** Without zeros at the end of the fraction; no zero has a sign. */
function printDecimal(field: string): string {
  if (!field.includes('.')) return field === '-0' ? '0' : field;
  let end = field.length;
  while (field.charCodeAt(end - 1) === 48) end--;
  if (field.charCodeAt(end - 1) === 46) end--;
  const short = field.slice(0, end);
  return short === '-0' ? '0' : short;
}

/** As ECMAScript prints a double, but for the sign of an exponent and the two that are no numbers. */
function printFloat(field: string): string {
  const number = Number(field);
  if (!Number.isFinite(number)) return field.toLowerCase().replace('infinity', 'inf');
  if (Object.is(number, -0)) return '-0';
  return String(number).replace('e+', 'e');
}
