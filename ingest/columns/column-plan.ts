import type { Column, Relation } from '../../changelog/change.ts';
import { TableFailure } from '../../changelog/table-failure.ts';
import type { SourceConfig } from '../../runtime/config/config.ts';
import { INGEST_ERRORS } from '../errors.ts';
import { type ColumnPattern, readColumnPattern } from './column-pattern.ts';
import { createWantedType } from './wanted-type.ts';

/** What is done to a column's values before they leave the process. */
export const KEEP = 0;
export const MASK = 1;
export const HASH = 2;

/** What a source's table looks like to everything behind ingest. */
export interface ColumnPlan {
  readonly relation: Relation;
  /** Indexes into the table's own columns, in the order of `relation.columns`. */
  readonly from: Int32Array;
  /** KEEP, MASK or HASH for each of `relation.columns`. */
  readonly actions: Uint8Array;
  /** Rows have to be rewritten: some column is left out, masked or hashed. */
  readonly changesRows: boolean;
}

/** The part of a source's configuration that concerns columns. */
export type ColumnConfig = Pick<SourceConfig, 'exclude' | 'types' | 'mask' | 'hash'>;

export interface ColumnRules {
  /** Nothing is configured: every table stays as it is. */
  readonly isEmpty: boolean;
  /**
   * Throws INGEST_KEY_NOT_PROTECTABLE when a key column would be left out or masked, INGEST_PROTECTED_COLUMN_MISSING when
   * the configuration protects a column of just this table that the table does not have: it may have been renamed, and
   * would go out in the clear.
   */
  planFor(relation: Relation): ColumnPlan;
}

export function createColumnRules(config: ColumnConfig): ColumnRules {
  // Patterns without a dot are of tables; `schema.table` may be read as a column too, and matches none then.
  const excluded = patternsOf(config.exclude);
  const masked = patternsOf(config.mask ?? []);
  const hashed = patternsOf(config.hash ?? []);
  const types = config.types ?? {};
  const wantedType = createWantedType(types);
  const isEmpty =
    excluded.length === 0 && masked.length === 0 && hashed.length === 0 && Object.keys(types).length === 0;

  function actionOf(relation: Relation, column: Column): number | null {
    const name = { schema: relation.schema, table: relation.table, column: column.name };
    const matches = (pattern: ColumnPattern): boolean => pattern.matches(name);
    if (excluded.some(matches)) return null;
    if (masked.some(matches)) return MASK;
    return hashed.some(matches) ? HASH : KEEP;
  }

  function checkMissing(relation: Relation): void {
    const { schema, table, columns } = relation;
    for (const pattern of [...excluded, ...masked, ...hashed]) {
      if (!pattern.names(relation)) continue;
      if (columns.some((column) => pattern.matches({ schema, table, column: column.name }))) continue;
      throw new TableFailure(INGEST_ERRORS.protectedColumnMissing, `${schema}.${table} has no column ${pattern.text}`);
    }
  }

  return {
    isEmpty,
    planFor(relation) {
      checkMissing(relation);
      const from: number[] = [];
      const actions: number[] = [];
      const columns: Column[] = [];
      for (const [i, column] of relation.columns.entries()) {
        // The id of a row is ours: nothing in it is the source's.
        const isRowId = relation.hasRowId === true && i === relation.columns.length - 1;
        const action = isRowId ? KEEP : actionOf(relation, column);
        if ((action === null || action === MASK) && relation.keyColumns.includes(i)) {
          throw new TableFailure(
            INGEST_ERRORS.keyNotProtectable,
            `${relation.schema}.${relation.table}.${column.name} is ${action === null ? 'left out' : 'masked'}`,
          );
        }
        if (action === null) continue;
        from.push(i);
        actions.push(action);
        if (isRowId) columns.push(column);
        else columns.push(action === KEEP ? wished(relation, column) : { ...TEXT, name: column.name });
      }
      const keyColumns = relation.keyColumns.map((i) => from.indexOf(i));
      return {
        relation: { ...relation, columns, keyColumns },
        from: Int32Array.from(from),
        actions: Uint8Array.from(actions),
        changesRows: from.length < relation.columns.length || actions.some((action) => action !== KEEP),
      };
    },
  };

  function wished(relation: Relation, column: Column): Column {
    const targetType = wantedType(relation, column);
    return targetType === undefined ? column : { ...column, targetType };
  }
}

/** What a masked or hashed column is, whatever it was. */
const TEXT = { typeOid: 25, typeModifier: -1, typeName: 'text', typeKind: 'b' } as const;

function patternsOf(texts: readonly string[]): ColumnPattern[] {
  return texts.flatMap((text) => readColumnPattern(text) ?? []);
}
