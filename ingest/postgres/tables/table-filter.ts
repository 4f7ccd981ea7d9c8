import type { SourceConfig } from '../../../runtime/config/config.ts';

export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** Which tables of the publication a source takes; snapshot and stream ask the same filter. */
export function createTableFilter(
  source: Pick<SourceConfig, 'schemas' | 'tables' | 'exclude'>,
): (name: TableName) => boolean {
  const include = source.tables.map(patternOf);
  const exclude = source.exclude.map(patternOf);
  const matches = (patterns: readonly RegExp[], { schema, table }: TableName): boolean =>
    patterns.some((pattern) => pattern.test(table) || pattern.test(`${schema}.${table}`));
  return (name) => source.schemas.includes(name.schema) && matches(include, name) && !matches(exclude, name);
}

/** What an entry of `tables` or `exclude` matches, in `table` or `schema.table`. */
export function patternOf(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

export function qualifiedName({ schema, table }: TableName): string {
  return `${schema}.${table}`;
}
