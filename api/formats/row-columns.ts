import { NumberText } from '../http/exact-json.ts';
import { type Cell, JsonCell } from './json-rows.ts';

/** A column of a file, and its type in the warehouse's words. Every column may be null. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

/** As much of a JSON Schema as says what a column holds. */
interface ValueSchema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  /** Places of an exact decimal; 2 where nothing is said. */
  readonly 'x-places'?: number;
}

const DEFAULT_PLACES = 2;
/** Digits that the two widths of decimals hold. */
const DECIMAL_DIGITS = 38;
const WIDE_DECIMAL_DIGITS = 76;
const INT64_DIGITS = 18;

/** What the rows hold in a column, whatever the schema says. */
interface Seen {
  kind: 'nothing' | 'number' | 'text' | 'boolean' | 'mixed';
  isFloat: boolean;
  places: number;
  digits: number;
}

/** Collects the columns of an answer from its rows, typed by the schema of a row. */
export interface ColumnCollector {
  add(row: ReadonlyMap<string, Cell>): void;
  /** In the order in which rows have them; those of the schema where there are no rows. */
  columns(): readonly Column[];
}

/**
 * Types are those of the schema, so that the same report has the same ones on each day; they become wider only where a value would
 * lose digits.
 */
export function collectColumns(rowSchema: object): ColumnCollector {
  const declared = new Map<string, ValueSchema>();
  flatten(declared, '', rowSchema as ValueSchema);
  const seen = new Map<string, Seen>();
  return {
    add(row) {
      for (const [name, cell] of row) {
        let column = seen.get(name);
        if (column === undefined) {
          column = { kind: 'nothing', isFloat: false, places: 0, digits: 0 };
          seen.set(name, column);
        }
        note(column, cell);
      }
    },
    columns: () =>
      seen.size > 0
        ? [...seen].map(([name, found]) => ({ name, type: typeOf(declared.get(name) ?? {}, found) }))
        : [...declared].map(([name, schema]) => ({ name, type: typeOf(schema, NOTHING) })),
  };
}

const NOTHING: Seen = { kind: 'nothing', isFloat: false, places: 0, digits: 0 };

function flatten(into: Map<string, ValueSchema>, name: string, schema: ValueSchema): void {
  if (schema.properties === undefined) return void into.set(name, schema);
  for (const [member, each] of Object.entries(schema.properties)) {
    flatten(into, name === '' ? member : `${name}.${member}`, each);
  }
}

function note(column: Seen, cell: Cell): void {
  if (cell === null) return;
  const kind = cell instanceof NumberText ? 'number' : typeof cell === 'boolean' ? 'boolean' : 'text';
  column.kind = column.kind === 'nothing' || column.kind === kind ? kind : 'mixed';
  if (cell instanceof JsonCell || !(cell instanceof NumberText)) return;
  const { text } = cell;
  if (/[eE]/.test(text)) column.isFloat = true;
  const point = text.indexOf('.');
  const places = point < 0 ? 0 : text.length - point - 1;
  column.places = Math.max(column.places, places);
  column.digits = Math.max(column.digits, (point < 0 ? text.length : point) - (text.startsWith('-') ? 1 : 0));
}

function typeOf({ type = [], format, 'x-places': places }: ValueSchema, seen: Seen): string {
  const types = (typeof type === 'string' ? [type] : type).filter((each) => each !== 'null');
  const [only] = types.length === 1 ? types : [];
  if (seen.kind === 'mixed') return 'String';
  switch (only) {
    case 'integer':
      if (seen.kind === 'nothing' || seen.kind === 'number') return integerType(seen);
      break;
    case 'number':
      if (seen.kind === 'nothing' || seen.kind === 'number') {
        return format === 'double' ? 'Float64' : decimalType(seen, places ?? DEFAULT_PLACES);
      }
      break;
    case 'boolean':
      if (seen.kind === 'nothing' || seen.kind === 'boolean') return 'Bool';
      break;
    case 'string':
      if (seen.kind === 'nothing' || seen.kind === 'text') return textType(format);
      break;
  }
  // Nothing was said, or something else: as it is.
  if (seen.kind === 'boolean') return 'Bool';
  if (seen.kind !== 'number') return 'String';
  return seen.places === 0 ? integerType(seen) : decimalType(seen, 0);
}

function integerType(seen: Seen): string {
  if (seen.isFloat || seen.places > 0) return decimalType(seen, 0);
  return seen.digits <= INT64_DIGITS ? 'Int64' : `Decimal(${WIDE_DECIMAL_DIGITS}, 0)`;
}

function decimalType(seen: Seen, declaredPlaces: number): string {
  const places = Math.max(declaredPlaces, seen.places);
  if (seen.isFloat || seen.digits + places > WIDE_DECIMAL_DIGITS) return 'Float64';
  return `Decimal(${seen.digits + places > DECIMAL_DIGITS ? WIDE_DECIMAL_DIGITS : DECIMAL_DIGITS}, ${places})`;
}

function textType(format: string | undefined): string {
  if (format === 'date') return 'Date32';
  return format === 'date-time' ? "DateTime64(6, 'UTC')" : 'String';
}
