import type { Column, ColumnDataType, Relation } from '../../changelog/change.ts';
import { readColumnPattern } from './column-pattern.ts';

/** Finds the type that `sources[].types` asks for; undefined for the type's own rule. */
export type WantedType = (relation: Pick<Relation, 'schema' | 'table'>, column: Column) => string | undefined;

/** Short names of types that `format_type` prints in another way. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['bool', 'boolean'],
  ['int2', 'smallint'],
  ['int', 'integer'],
  ['int4', 'integer'],
  ['int8', 'bigint'],
  ['float4', 'real'],
  ['float8', 'double precision'],
  ['decimal', 'numeric'],
  ['varchar', 'character varying'],
  ['char', 'character'],
  ['bpchar', 'character'],
  ['varbit', 'bit varying'],
  ['timestamp', 'timestamp without time zone'],
  ['timestamptz', 'timestamp with time zone'],
  ['time', 'time without time zone'],
  ['timetz', 'time with time zone'],
]);

const NUMERIC_OID = 1700;

/**
 * Keys with a dot are patterns of columns (`orders.total`), the first that matches wins; the others are Postgres types
 * (`jsonb`, `timestamptz`, `mood`), which hold for columns that no pattern matches, and for the elements of arrays.
 * `numeric` means numeric without a precision: with one, a Decimal of just that precision is at hand.
 */
export function createWantedType(types: Readonly<Record<string, string>>): WantedType {
  const entries = Object.entries(types);
  const columns = entries.flatMap(([key, target]) => {
    const pattern = readColumnPattern(key);
    return pattern === null ? [] : [{ pattern, target }];
  });
  const byType = new Map(
    entries
      .filter(([key]) => readColumnPattern(key) === null)
      .map(([key, target]) => [nameOf(key.trim().toLowerCase()), target]),
  );

  function byOwnType(type: ColumnDataType): string | undefined {
    if (type.typeOid === NUMERIC_OID && type.typeModifier >= 0) return undefined;
    return byType.get(type.typeName.toLowerCase()) ?? byType.get(withoutSchema(type.typeName).toLowerCase());
  }

  return ({ schema, table }, column) => {
    const found = columns.find(({ pattern }) => pattern.matches({ schema, table, column: column.name }));
    if (found !== undefined) return found.target;
    const wanted = byOwnType(column);
    if (wanted !== undefined || column.element === undefined) return wanted;
    const ofElement = byOwnType(column.element);
    return ofElement === undefined || !ELEMENT_TARGET.test(ofElement) ? undefined : `Array(${ofElement})`;
  };
}

/** What an element of an array may be; an array of json stays one of text. */
const ELEMENT_TARGET = /^(String|Decimal\b|Time64\b)/;

function nameOf(key: string): string {
  const [, element, brackets = ''] = /^(.*?)((?:\[\])?)$/.exec(key) ?? [];
  return `${ALIASES.get(element ?? '') ?? element}${brackets}`;
}

/** `public.mood` as `mood`; names that need quotes lose them. */
function withoutSchema(name: string): string {
  return /(?:^|\.)"?([^".]+)"?((?:\[\])?)$/.exec(name)?.slice(1).join('') ?? name;
}
