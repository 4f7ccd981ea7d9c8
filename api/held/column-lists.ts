import type { TextRow } from '../warehouse-reader.ts';

/** Some values of all rows of a relation, as lists. */
export interface ColumnLists {
  readonly count: number;
  /** The list of the value at this place, one for each row. */
  list<T>(place: number): T[];
}

/**
 * A query of one row: the list of each value as JSON. The lists are those of one `groupArray`: of a column that is nearly empty the
 * warehouse takes first what is there and then the rest, so that the lists of several would not fit each other. `values` are
 * expressions of texts and numbers over the relation's rows, which they call `alias`.
 */
export function columnListsQuery(
  values: readonly string[],
  { relation, alias, maxRows }: { relation: string; alias: string; maxRows: number },
): { sql: string; parameters: Record<string, unknown> } {
  return {
    sql: `
      select toString(length(rows)) as count, ${values.map((_, i) => `toJSONString(rows.${i + 1}) as v${i}`).join(', ')}
      from (
        select groupArray(tuple(${values.join(', ')})) as rows
        from (select * from ${relation} limit {most:UInt64}) as ${alias}
      )`,
    parameters: { most: maxRows + 1 },
  };
}

/** What that query answered; null where there are more rows than the most. */
export function readColumnLists(row: TextRow, maxRows: number): ColumnLists | null {
  const count = Number(row.count);
  return count > maxRows ? null : { count, list: (place) => JSON.parse(row[`v${place}`] ?? '[]') };
}
