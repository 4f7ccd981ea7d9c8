import type { ModelColumn } from '../store/model-table.ts';

/** A column of the table of versions as it is. */
export interface StoredColumn extends ModelColumn {
  readonly comment: string;
}

/** The model does not have the column any more. */
export const GONE = 'the model does not have it any more';
/** The model has the column now; versions from before lack it. */
export const UNFILLED = 'not in the current versions yet';

/** What has to be done to the table of versions, one column each. */
export type ColumnStep =
  | { readonly kind: 'add'; readonly name: string; readonly type: string }
  /** Nothing holds both types: the values are kept below another name. */
  | { readonly kind: 'rename'; readonly name: string; readonly to: string }
  | { readonly kind: 'modify'; readonly name: string; readonly type: string }
  | { readonly kind: 'comment'; readonly name: string; readonly comment: string };

/**
 * What makes a table of versions fit for the columns that its model has now. No value that a version has is lost: a column
 * that is gone stays, NULL in what comes; a new one is NULL in what was.
 */
export function columnSteps(options: {
  stored: readonly StoredColumn[];
  wanted: readonly ModelColumn[];
  key: readonly string[];
  /** Types that hold every value of both; null where there is none. By `commonKey`. */
  common: ReadonlyMap<string, string | null>;
  /** A type with NULL; itself where it cannot have one. */
  nullable: ReadonlyMap<string, string>;
}): ColumnStep[] {
  const { stored, wanted, key, common, nullable } = options;
  const steps: ColumnStep[] = [];
  const names = new Set(stored.map(({ name }) => name));
  const orNull = (type: string) => nullable.get(type) ?? type;

  for (const { name, type } of wanted) {
    const column = stored.find((each) => each.name === name);
    if (column === undefined) {
      steps.push({ kind: 'add', name, type: orNull(type) });
      continue;
    }
    const both = column.type === type ? type : (common.get(commonKey(column.type, type)) ?? null);
    if (both === null) {
      const to = freeName(name, column.type, names);
      steps.push({ kind: 'rename', name, to }, { kind: 'comment', name: to, comment: GONE });
      if (orNull(column.type) !== column.type) steps.push({ kind: 'modify', name: to, type: orNull(column.type) });
      steps.push({ kind: 'add', name, type: orNull(type) });
      continue;
    }
    if (both !== column.type) steps.push({ kind: 'modify', name, type: both });
    if (column.comment === GONE) steps.push({ kind: 'comment', name, comment: UNFILLED });
  }
  const has = new Set(wanted.map(({ name }) => name));
  for (const { name, type, comment } of stored) {
    if (has.has(name) || key.includes(name) || comment === GONE) continue;
    if (orNull(type) !== type) steps.push({ kind: 'modify', name, type: orNull(type) });
    steps.push({ kind: 'comment', name, comment: GONE });
  }
  return steps;
}

export function commonKey(one: string, other: string): string {
  return `${one}\n${other}`;
}

/** `price__was_decimal_38_2`. */
function freeName(name: string, type: string, taken: Set<string>): string {
  const base = `${name}__was_${type
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '')}`;
  let free = base;
  for (let n = 2; taken.has(free); n++) free = `${base}_${n}`;
  taken.add(free);
  return free;
}
