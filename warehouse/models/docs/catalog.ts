import type { ClickHouseClient } from '@clickhouse/client';
import type { Lineage, LineageNode } from '../lineage/lineage.ts';
import { allReplicas } from '../maintain/read-replicas.ts';

/** What a running warehouse says about source tables and models, by their id. */
export type Catalog = ReadonlyMap<string, CatalogEntry>;

export interface CatalogEntry {
  /** `database.table`. */
  readonly relation: { readonly database: string; readonly table: string };
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Key columns of a source table; empty for models. */
  readonly key: readonly string[];
}

const OURS = new Set(['_version', '_deleted']);

/** Reads columns and types. What is not there yet is left out. */
export async function readCatalog(client: ClickHouseClient, lineage: Lineage): Promise<Catalog> {
  const replicas = await allReplicas(client);
  const databases = new Set(['raw', ...lineage.nodes.map((node) => relationOf(node).database)]);
  const result = await client.query({
    query: `
      select database, table, groupArray((name, type)) as columns
      from (select * from system.columns where database in {databases:Array(String)} order by position)
      group by database, table`,
    query_params: { databases: [...databases] },
    format: 'JSONEachRow',
  });
  const tables = new Map(
    (await result.json<{ database: string; table: string; columns: [string, string][] }>()).map((row) => [
      JSON.stringify([row.database, row.table]),
      row.columns.map(([name, type]) => ({ name, type })),
    ]),
  );
  const catalog = new Map<string, CatalogEntry>();
  for (const node of lineage.nodes) {
    const replica = replicas.get(node.id);
    const relation = replica === undefined ? relationOf(node) : { database: 'raw', table: replica.replica };
    const columns = tables.get(JSON.stringify([relation.database, relation.table]));
    if (columns === undefined) continue;
    const shown = node.kind === 'source' ? columns.filter(({ name }) => !OURS.has(name)) : columns;
    catalog.set(node.id, { relation, columns: shown, key: replica?.key ?? [] });
  }
  return catalog;
}

/** Where a node is read, as far as that can be said without a warehouse. */
export function relationOf(node: LineageNode): { database: string; table: string } {
  if (node.model === null) return { database: 'raw', table: node.id.replace('.', '__') };
  return { database: node.kind === 'view' ? node.model.schema : 'marts', table: node.id };
}
