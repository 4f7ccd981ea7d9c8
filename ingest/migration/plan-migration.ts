import type { SourceConfig } from '../../runtime/config/config.ts';
import { readTableFacts, type TableFacts } from '../check/table-facts.ts';
import { createCatalogConnection } from '../postgres/connection/catalog-connection.ts';
import { closeSession, openSession } from '../postgres/connection/session.ts';
import { publicationName } from '../postgres/identifiers.ts';
import { createTableFilter } from '../postgres/tables/table-filter.ts';
import type { MigrationScope } from './source-migration.ts';

const DEFAULT_ROLE = 'millrace_replicator';
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * What the migration of a source is about. Asks the database at `url` (any role that may connect: catalogs are open to
 * all) which tables there are. Where it cannot be asked, which is so before the role exists, tables are the named ones
 * of the configuration, or null when it has wildcards; `asked` says which it was.
 */
export async function planMigration(
  source: SourceConfig,
  url: string,
): Promise<{ readonly scope: MigrationScope; readonly asked: boolean }> {
  const role = decodeURIComponent(new URL(source.url).username) || DEFAULT_ROLE;
  const fixed = { source: source.name, role, schemas: source.schemas };
  const facts = await readFacts(source, url);
  if (facts === null) {
    const tables = namedTables(source);
    return { scope: { ...fixed, tables, withoutIdentity: [], publishGenerated: false }, asked: false };
  }
  const accepts = createTableFilter(source);
  // Partitions come through their root.
  const taken = facts.tables.filter((table) => accepts(table) && table.root === null && !table.isUnlogged);
  const published = taken.filter(hasIdentity);
  const hasStored = published.some(({ columns }) => columns.some(({ generated }) => generated === 's'));
  return {
    scope: {
      ...fixed,
      tables: published.map(({ schema, table }) => ({ schema, table, columns: null })),
      withoutIdentity: taken.filter((table) => !hasIdentity(table)).map(({ schema, table }) => ({ schema, table })),
      publishGenerated: hasStored && facts.serverVersion >= 180_000,
    },
    asked: true,
  };
}

async function readFacts(
  source: SourceConfig,
  url: string,
): Promise<{ tables: TableFacts[]; serverVersion: number } | null> {
  try {
    const session = await openSession({ url, applicationName: 'millrace_sql', connectTimeoutMs: CONNECT_TIMEOUT_MS });
    try {
      const connection = createCatalogConnection(session);
      const { rows } = await connection.query<{ version: number }>(
        `select current_setting('server_version_num')::int as version`,
      );
      const publication = publicationName(source.name);
      const tables = await readTableFacts(connection, { publication, schemas: source.schemas });
      return { tables, serverVersion: rows[0]!.version };
    } finally {
      await closeSession(session);
    }
  } catch {
    return null;
  }
}

/** The tables of a configuration without wildcards; a name without a schema is in the first one. */
function namedTables({ schemas, tables }: SourceConfig): MigrationScope['tables'] {
  if (tables.some((pattern) => pattern.includes('*'))) return null;
  return tables.map((name) => {
    const [first = '', second] = name.split('.');
    return second === undefined
      ? { schema: schemas[0]!, table: first, columns: null }
      : { schema: first, table: second, columns: null };
  });
}

function hasIdentity(table: TableFacts): boolean {
  if (table.replicaIdentity === 'i') return table.hasIdentityIndex;
  return table.replicaIdentity !== 'n' && table.hasPrimaryKey;
}
