import { INGEST_ERRORS } from '../errors.ts';
import { publicationName, quoteIdentifier, quoteTable } from '../postgres/identifiers.ts';
import { patternOf, qualifiedName, type TableName } from '../postgres/tables/table-filter.ts';
import { type Finding, finding } from './finding.ts';
import { CHECK_FINDINGS } from './findings.ts';
import type { ColumnFacts, TableFacts } from './table-facts.ts';

export interface TableScope {
  readonly source: string;
  readonly role: string;
  readonly serverVersion: number;
  /** Null: there is no publication. */
  readonly publication: { readonly allTables: boolean; readonly viaRoot: boolean } | null;
  readonly schemas: readonly string[];
  readonly existingSchemas: readonly string[];
  readonly patterns: readonly string[];
  readonly accepts: (name: TableName) => boolean;
}

const MAX_DECIMAL_DIGITS = 76;

/** What the tables are in the way of, and what one should know about them. */
export function tableFindings(tables: readonly TableFacts[], scope: TableScope): Finding[] {
  const found: Finding[] = [];
  for (const schema of scope.schemas) {
    if (scope.existingSchemas.includes(schema)) continue;
    found.push(finding('error', CHECK_FINDINGS.schemaMissing, { detail: `schema ${schema}` }));
  }
  for (const pattern of scope.patterns) {
    const matches = patternOf(pattern);
    if (tables.some((table) => matches.test(table.table) || matches.test(qualifiedName(table)))) continue;
    found.push(finding('warning', CHECK_FINDINGS.patternUnmatched, { detail: `tables: ${pattern}` }));
  }
  const taken = tables.filter(scope.accepts);
  if (scope.publication !== null && !taken.some((table) => table.isPublished)) {
    const detail = `${publicationName(scope.source)} has none of the ${taken.length} tables that the source takes`;
    found.push(finding('error', CHECK_FINDINGS.nothingToCapture, { detail }));
  }
  for (const table of taken) {
    if (table.isPublished) found.push(...publishedFindings(table, scope));
    else if (!table.isCovered && scope.publication !== null) found.push(unpublishedFinding(table, scope));
  }
  return [...found, ...partitionFindings(tables, scope)];
}

function unpublishedFinding(table: TableFacts, scope: TableScope): Finding {
  const name = qualifiedName(table);
  // A table that the configuration names is missed; one that a wildcard takes may be left out on purpose.
  const isNamed = scope.patterns.some((pattern) => pattern === table.table || pattern === name);
  if (table.isUnlogged) {
    const sql = `alter table ${quoteTable(table)} set logged;`;
    return finding(isNamed ? 'error' : 'notice', CHECK_FINDINGS.tableUnlogged, {
      table: name,
      detail: 'unlogged',
      sql,
    });
  }
  return finding(isNamed ? 'error' : 'notice', CHECK_FINDINGS.tableUnpublished, {
    table: name,
    detail: `not in ${publicationName(scope.source)}`,
    sql: `alter publication ${quoteIdentifier(publicationName(scope.source))} add table ${quoteTable(table)};${grantOf(table, scope)}`,
  });
}

/** What is to be published must be readable too. */
function grantOf(table: TableFacts, scope: TableScope): string {
  return table.maySelect ? '' : ` grant select on ${quoteTable(table)} to ${quoteIdentifier(scope.role)};`;
}

function publishedFindings(table: TableFacts, scope: TableScope): Finding[] {
  const found: Finding[] = [];
  const name = qualifiedName(table);
  const quoted = quoteTable(table);
  const role = quoteIdentifier(scope.role);
  if (!table.mayUseSchema) {
    const sql = `grant usage on schema ${quoteIdentifier(table.schema)} to ${role};`;
    const detail = `no usage on schema ${table.schema}`;
    found.push(finding('error', INGEST_ERRORS.tableNotReadable, { table: name, detail, sql }));
  }
  if (!table.maySelect) {
    const sql = `grant select on ${quoted} to ${role};`;
    found.push(finding('error', INGEST_ERRORS.tableNotReadable, { table: name, detail: 'no select', sql }));
  }
  if (table.isRowSecurityActive) {
    const sql = `alter role ${role} bypassrls;`;
    found.push(finding('error', CHECK_FINDINGS.rowSecurity, { table: name, detail: 'row security is active', sql }));
  }
  const identity = identityFinding(table);
  if (identity !== null) found.push(identity);
  if (table.rowFilter !== null) {
    found.push(finding('notice', CHECK_FINDINGS.rowFilter, { table: name, detail: table.rowFilter }));
  }
  if (table.hasToast && table.replicaIdentity !== 'f') {
    const sql = `alter table ${quoted} replica identity full;`;
    const detail = 'has large values';
    found.push(finding('notice', CHECK_FINDINGS.unchangedValues, { table: name, detail, sql }));
  }
  return [...found, ...columnFindings(table, scope)];
}

function identityFinding(table: TableFacts): Finding | null {
  const name = qualifiedName(table);
  const quoted = quoteTable(table);
  const identity = table.replicaIdentity;
  const hasIdentity =
    identity === 'f' || (identity === 'd' && table.hasPrimaryKey) || (identity === 'i' && table.hasIdentityIndex);
  if (hasIdentity && table.key.length > 0) return null;
  if (hasIdentity && (identity === 'i' || table.hasPrimaryKey)) {
    const detail = 'the publication leaves out a column of its key';
    return finding('error', INGEST_ERRORS.tableWithoutKey, { table: name, detail });
  }
  if (table.hasPrimaryKey) {
    const sql = `alter table ${quoted} replica identity default;`;
    const detail = identity === 'n' ? 'replica identity is nothing' : 'its identity index is gone';
    return finding('error', CHECK_FINDINGS.noReplicaIdentity, { table: name, detail, sql });
  }
  const sql =
    table.candidateIndex === null
      ? `alter table ${quoted} add primary key (...);`
      : `alter table ${quoted} replica identity using index ${quoteIdentifier(table.candidateIndex)};`;
  // With the full identity they come, and quarantine the table; without any Postgres refuses them where they are made.
  const detail = hasIdentity ? 'no key, but full identity' : 'no key: Postgres refuses updates and deletes';
  return finding('warning', INGEST_ERRORS.tableWithoutKey, { table: name, detail, sql });
}

function columnFindings(table: TableFacts, scope: TableScope): Finding[] {
  const found: Finding[] = [];
  const name = qualifiedName(table);
  const quoted = quoteTable(table);
  for (const column of table.columns) {
    const detail = `${column.name} ${column.type}`;
    if (column.isPublished === true) {
      const definition = riskOf(column);
      if (definition !== null) found.push(finding(definition.severity, definition.of, { table: name, detail }));
    } else if (column.generated !== '') {
      const canBePublished = column.generated === 's' && scope.serverVersion >= 180_000;
      const publication = quoteIdentifier(publicationName(scope.source));
      const sql = canBePublished ? `alter publication ${publication} set (publish_generated_columns = stored);` : null;
      found.push(finding('notice', CHECK_FINDINGS.generatedColumn, { table: name, detail, sql }));
    } else {
      const publication = quoteIdentifier(publicationName(scope.source));
      const sql = `alter publication ${publication} drop table ${quoted}; alter publication ${publication} add table ${quoted};`;
      found.push(finding('notice', CHECK_FINDINGS.columnUnpublished, { table: name, detail, sql }));
    }
  }
  return found;
}

function riskOf(column: ColumnFacts) {
  if (!column.isNumeric) return null;
  if (column.precision === null) return { severity: 'notice', of: CHECK_FINDINGS.numericUnbounded } as const;
  if (column.precision <= MAX_DECIMAL_DIGITS) return null;
  return { severity: 'warning', of: CHECK_FINDINGS.numericTooWide } as const;
}

function partitionFindings(tables: readonly TableFacts[], scope: TableScope): Finding[] {
  const found: Finding[] = [];
  const publication = quoteIdentifier(publicationName(scope.source));
  for (const root of tables.filter((table) => table.isPartitioned && table.root === null && scope.accepts(table))) {
    const name = qualifiedName(root);
    const leaves = tables.filter((table) => table.root === name && !table.isPartitioned);
    const published = leaves.filter((leaf) => leaf.isPublished);
    if (published.length === 0) continue;
    if (leaves.every((leaf) => leaf.isCovered)) {
      const detail = `${published.length} partitions are published one by one`;
      const sql = `alter publication ${publication} set (publish_via_partition_root = true);`;
      found.push(finding('warning', CHECK_FINDINGS.partitionsApart, { table: name, detail, sql }));
    } else {
      const missing = leaves.filter((leaf) => !leaf.isCovered).map((leaf) => leaf.table);
      const detail = `not published: ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', ...' : ''}`;
      const sql =
        `alter publication ${publication} add table ${quoteTable(root)}; ` +
        `alter publication ${publication} set (publish_via_partition_root = true);${grantOf(root, scope)}`;
      found.push(finding('error', CHECK_FINDINGS.partitionUnpublished, { table: name, detail, sql }));
    }
  }
  return found;
}
