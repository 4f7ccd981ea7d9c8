import type { SourceConfig } from '../../runtime/config/config.ts';
import { type ColumnPattern, readColumnPattern } from '../columns/column-pattern.ts';
import { INGEST_ERRORS } from '../errors.ts';
import { patternOf, qualifiedName, type TableName } from '../postgres/tables/table-filter.ts';
import { type Finding, finding } from './finding.ts';
import { CHECK_FINDINGS } from './findings.ts';
import type { TableFacts } from './table-facts.ts';

/** What the configuration says of columns that are not there: one that was to be protected may go out in the clear. */
export function columnRuleFindings(
  tables: readonly Pick<TableFacts, 'schema' | 'table' | 'columns' | 'key'>[],
  source: Pick<SourceConfig, 'exclude' | 'mask' | 'hash' | 'types'>,
  accepts: (name: TableName) => boolean,
): Finding[] {
  const found: Finding[] = [];
  const taken = tables.filter(accepts);
  const has = (pattern: ColumnPattern, { schema, table, columns }: (typeof taken)[number]): boolean =>
    columns.some((column) => pattern.matches({ schema, table, column: column.name }));
  const isOfTables = (text: string): boolean => {
    const matches = patternOf(text);
    return tables.some((table) => matches.test(table.table) || matches.test(qualifiedName(table)));
  };
  const rules = [
    ...source.exclude.map((text) => ({ rule: 'exclude', text, severity: 'error' as const })),
    ...(source.mask ?? []).map((text) => ({ rule: 'mask', text, severity: 'error' as const })),
    ...(source.hash ?? []).map((text) => ({ rule: 'hash', text, severity: 'error' as const })),
    ...Object.keys(source.types ?? {}).map((text) => ({ rule: 'types', text, severity: 'warning' as const })),
  ];
  for (const { rule, text, severity } of rules) {
    const pattern = readColumnPattern(text);
    if (pattern === null || (rule === 'exclude' && isOfTables(text))) continue;
    if (!taken.some((table) => has(pattern, table))) {
      found.push(finding(severity, CHECK_FINDINGS.columnPatternUnmatched, { detail: `${rule}: ${text}` }));
    }
    if (rule === 'types') continue;
    for (const table of taken.filter((named) => pattern.names(named) && !has(pattern, named))) {
      const more = { table: qualifiedName(table), detail: `has no column ${text}` };
      found.push(finding('error', INGEST_ERRORS.protectedColumnMissing, more));
    }
    if (rule === 'hash') continue;
    for (const { schema, table, key } of taken) {
      const hidden = key.filter((column) => pattern.matches({ schema, table, column }));
      if (hidden.length === 0) continue;
      const more = { table: qualifiedName({ schema, table }), detail: `${rule}: ${text} takes ${hidden.join(', ')}` };
      found.push(finding('error', INGEST_ERRORS.keyNotProtectable, more));
    }
  }
  return found;
}
