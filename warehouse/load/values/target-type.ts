import type { Column } from '../../../changelog/change.ts';
import { TableFailure } from '../../../changelog/table-failure.ts';
import { LOAD_ERRORS } from '../errors.ts';

/** ClickHouse types that `sources[].types` may ask for, read; Nullable is added where the replica needs it. */
export type TargetType =
  | { readonly kind: 'String' | 'LowCardinality(String)' | 'JSON' | 'Time64(6)' }
  | { readonly kind: 'Decimal'; readonly precision: number; readonly scale: number }
  /** `element` is null for the element's own rule: `Array`, `Array(Array)`. */
  | { readonly kind: 'Array'; readonly dimensions: number; readonly element: string | null };

const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 1700]);
const JSON_TYPES: ReadonlySet<number> = new Set([114, 3802]);
const TIME_OID = 1083;
/** Types with a rule of their own: as LowCardinality(String) their numbers and times would be text for nothing. */
const NOT_TEXT: ReadonlySet<number> = new Set([
  16, 20, 21, 23, 26, 28, 29, 700, 701, 790, 1082, 1114, 1184, 2950, 5069,
]);

/** Reads what the configuration asks for; null when it is none of the allowed types. */
export function readTargetType(text: string): TargetType | null {
  const compact = text.replaceAll(/\s+/g, '');
  switch (compact) {
    case 'String':
    case 'LowCardinality(String)':
    case 'JSON':
    case 'Time64(6)':
      return { kind: compact };
  }
  const decimal = /^Decimal\((\d{1,2}),(\d{1,2})\)$/.exec(compact);
  if (decimal !== null) {
    const precision = Number(decimal[1]);
    const scale = Number(decimal[2]);
    return precision >= 1 && precision <= 76 && scale <= precision ? { kind: 'Decimal', precision, scale } : null;
  }
  return readArray(compact);
}

function readArray(compact: string): TargetType | null {
  let dimensions = 0;
  let rest: string | null = compact;
  while (rest?.startsWith('Array(') && rest.endsWith(')')) {
    dimensions++;
    rest = rest.slice('Array('.length, -1);
  }
  if (rest === 'Array') {
    dimensions++;
    rest = null;
  }
  if (dimensions === 0 || dimensions > MAX_DIMENSIONS) return null;
  if (rest === null) return { kind: 'Array', dimensions, element: null };
  const element = /^Nullable\((.*)\)$/.exec(rest)?.[1] ?? rest;
  const inner = readTargetType(element);
  const isAllowed = inner !== null && ['String', 'Decimal', 'Time64(6)'].includes(inner.kind);
  return isAllowed ? { kind: 'Array', dimensions, element } : null;
}

/** As many as Postgres has. */
const MAX_DIMENSIONS = 6;

/** The type asked for, when a column of this Postgres type can be it. Throws MR-LOAD-014. */
export function targetTypeOf(wish: string, column: Column, isKey: boolean): TargetType {
  const target = readTargetType(wish);
  if (target !== null && isAllowed(target, column, isKey)) return target;
  const role = isKey ? ', a key column' : '';
  throw new TableFailure(LOAD_ERRORS.typeNotAllowed, `${column.name} is ${column.typeName}${role}: not ${wish}`);
}

function isAllowed(target: TargetType, column: Column, isKey: boolean): boolean {
  const isArray = column.element !== undefined;
  switch (target.kind) {
    case 'String':
      return true;
    case 'LowCardinality(String)':
      return !isArray && !NOT_TEXT.has(column.typeOid);
    case 'JSON':
      return !isKey && JSON_TYPES.has(column.typeOid);
    case 'Time64(6)':
      return column.typeOid === TIME_OID;
    case 'Decimal':
      return NUMBERS.has(column.typeOid);
    case 'Array':
      if (column.element === undefined || isKey) return false;
      if (target.element === null) return true;
      return isAllowed(readTargetType(target.element) as TargetType, { ...column.element, name: column.name }, false);
  }
}
