import { quoteIdentifier } from '../../clickhouse/quote.ts';
import type { Lineage, LineageNode } from '../lineage/lineage.ts';
import { sourceKey } from '../project/project.ts';
import { type Catalog, relationOf } from './catalog.ts';
import type { Declared, DeclaredColumn, DeclaredTest } from './declared/declared.ts';

/** All that a page says about a source table or a model. */
export interface NodeDocs {
  readonly node: LineageNode;
  /** Markdown, as the YAML has it. */
  readonly description: string;
  /** Where it is read: `marts.sales_fact`. */
  readonly relation: string;
  /** One row for each of these; empty when nothing is said. */
  readonly grain: readonly string[];
  readonly columns: readonly ColumnDocs[];
  readonly tests: readonly DeclaredTest[];
  /** With the names that its references have in the warehouse; null for source tables. */
  readonly compiledSql: string | null;
}

export interface ColumnDocs {
  readonly name: string;
  /** Null without a warehouse that says it, and without a declaration. */
  readonly type: string | null;
  readonly description: string;
  readonly tests: readonly DeclaredTest[];
  /** Described, but not in the table. */
  readonly isMissing: boolean;
}

/** Puts together what the project, its YAML and the warehouse know. Without a warehouse the catalog is null. */
export function describeNodes(options: { lineage: Lineage; declared: Declared; catalog: Catalog | null }): NodeDocs[] {
  const { lineage, declared, catalog } = options;
  const nameOf = (id: string): string => {
    const node = lineage.byId.get(id) as LineageNode;
    return qualified(catalog?.get(id)?.relation ?? relationOf(node));
  };
  return lineage.nodes.map((node) => {
    const { model } = node;
    const said = model === null ? declared.tables.get(node.id) : declared.models.get(node.id);
    const entry = catalog?.get(node.id);
    return {
      node,
      description: said?.description ?? '',
      relation: nameOf(node.id),
      grain: model?.uniqueKey ?? entry?.key ?? [],
      columns: columnsOf(said?.columns ?? [], entry?.columns ?? null),
      tests: said?.tests ?? [],
      compiledSql:
        model?.compile({ ref: nameOf, source: (source, table) => nameOf(sourceKey({ source, table })) }) ?? null,
    };
  });
}

/** The table's columns in their order, then those that are described but not there. */
function columnsOf(
  declared: readonly DeclaredColumn[],
  real: readonly { name: string; type: string }[] | null,
): ColumnDocs[] {
  const said = new Map(declared.map((column) => [column.name, column]));
  const describe = (name: string, type: string | null, isMissing: boolean): ColumnDocs => ({
    name,
    type,
    description: said.get(name)?.description ?? '',
    tests: said.get(name)?.tests ?? [],
    isMissing,
  });
  if (real === null) return declared.map(({ name, dataType }) => describe(name, dataType, false));
  const there = new Set(real.map(({ name }) => name));
  return [
    ...real.map(({ name, type }) => describe(name, type, false)),
    ...declared.filter(({ name }) => !there.has(name)).map(({ name, dataType }) => describe(name, dataType, true)),
  ];
}

function qualified({ database, table }: { database: string; table: string }): string {
  return [database, table].map((name) => (/^[A-Za-z_]\w*$/.test(name) ? name : quoteIdentifier(name))).join('.');
}
