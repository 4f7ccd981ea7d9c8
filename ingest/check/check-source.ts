import type pg from 'pg';
import type { SourceConfig } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { DEBEZIUM_ERRORS } from '../debezium/errors.ts';
import { classifyError } from '../postgres/classify-error.ts';
import { createCatalogConnection } from '../postgres/connection/catalog-connection.ts';
import { closeSession, openSession } from '../postgres/connection/session.ts';
import { publicationName, slotName } from '../postgres/identifiers.ts';
import { identifySystem } from '../postgres/slot/slot.ts';
import { describeEveryTable } from '../postgres/tables/catalog.ts';
import { createTableFilter, qualifiedName } from '../postgres/tables/table-filter.ts';
import { columnRuleFindings } from './column-rule-findings.ts';
import { bySeverity, type Finding, finding } from './finding.ts';
import { readServerFacts } from './server-facts.ts';
import { serverFindings } from './server-findings.ts';
import { readSchemas, readTableFacts } from './table-facts.ts';
import { tableFindings } from './table-findings.ts';

/** What the check of one source found. */
export interface SourceCheck {
  readonly name: string;
  /** Null where the source could not be asked. */
  readonly database: string | null;
  /** As Postgres writes it: `18.4`. */
  readonly server: string | null;
  readonly role: string | null;
  /** Whether the connection is encrypted. */
  readonly tls: boolean | null;
  /** Tables that would be captured. */
  readonly tables: number | null;
  /** Errors first. */
  readonly findings: readonly Finding[];
}

/** Connections beside the snapshot's: catalog and stream. */
const OWN_CONNECTIONS = 2;
const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 30_000;

/**
 * Looks at a source without changing anything, through the role that capture would use. Never rejects: what stands in
 * the way of looking is a finding as well. `allSources` are the names of the whole configuration: slots of others are orphans.
 */
export async function checkSourceReadiness(source: SourceConfig, allSources: readonly string[]): Promise<SourceCheck> {
  const unknown = { name: source.name, database: null, server: null, role: null, tls: null, tables: null };
  let session: pg.Client;
  try {
    session = await openSession({
      url: source.url,
      applicationName: 'millrace_check',
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    });
  } catch (error) {
    return { ...unknown, findings: [findingOf(error)] };
  }
  try {
    if (source.debezium !== undefined) return await lookAtCatalog(source, session);
    return await look(source, session, allSources.map(slotName));
  } catch (error) {
    return { ...unknown, findings: [findingOf(error)] };
  } finally {
    await closeSession(session);
  }
}

/** Topics are somebody else's: of the database they need the catalog alone. */
async function lookAtCatalog(source: SourceConfig, session: pg.Client): Promise<SourceCheck> {
  const connection = createCatalogConnection(session);
  await connection.query(`set statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
  const { rows } = await connection.query<{ server: string; database: string; role: string; tls: boolean }>(
    `select current_setting('server_version') as server, current_database() as database, current_user as role,
      coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as tls`,
  );
  const { server = null, database = null, role = null, tls = null } = rows[0] ?? {};
  const tables = (await describeEveryTable(connection, source.schemas)).filter(createTableFilter(source));
  const findings = tables
    .filter(({ key, isPartitioned }) => key.length === 0 && !isPartitioned)
    .map((table) =>
      finding('error', DEBEZIUM_ERRORS.tableWithoutKey, { detail: 'it has no key', table: qualifiedName(table) }),
    );
  return { name: source.name, database, server, role, tls, tables: tables.length, findings: findings.sort(bySeverity) };
}

async function look(source: SourceConfig, session: pg.Client, ownSlots: readonly string[]): Promise<SourceCheck> {
  const connection = createCatalogConnection(session);
  await connection.query(`set statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
  const { rows } = await connection.query<{ server: string; tls: boolean }>(
    `select current_setting('server_version') as server,
      coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as tls`,
  );
  const publication = publicationName(source.name);
  const facts = await readServerFacts(connection, { publication, slot: slotName(source.name), ownSlots });
  const existingSchemas = await readSchemas(connection, source.schemas);
  const tables = await readTableFacts(connection, { publication, schemas: source.schemas });
  const accepts = createTableFilter(source);
  const findings = [
    ...(await replicationFindings(source, facts.canReplicate)),
    ...serverFindings(facts, {
      name: source.name,
      connections: OWN_CONNECTIONS + source.snapshotConnections,
      failoverSlot: source.failoverSlot ?? false,
      isThrottled: source.snapshotThrottle !== null,
      withoutKey: tables
        .filter((table) => table.isPublished && accepts(table) && table.key.length === 0)
        .map(qualifiedName),
    }),
    ...tableFindings(tables, {
      source: source.name,
      role: facts.role,
      serverVersion: facts.serverVersion,
      publication: facts.publication,
      schemas: source.schemas,
      existingSchemas,
      patterns: source.tables,
      accepts,
    }),
    ...columnRuleFindings(tables, source, accepts),
  ];
  return {
    name: source.name,
    database: facts.database,
    server: rows[0]!.server,
    role: facts.role,
    tls: rows[0]!.tls,
    tables: tables.filter((table) => table.isPublished && accepts(table)).length,
    findings: findings.sort(bySeverity),
  };
}

/** A replication connection of its own: pg_hba.conf and hosted databases may refuse it for reasons of their own. */
async function replicationFindings(source: SourceConfig, canReplicate: boolean): Promise<Finding[]> {
  if (!canReplicate) return []; // Said already, with the statement that mends it.
  try {
    const replication = await openSession({
      url: source.url,
      applicationName: 'millrace_check',
      replication: true,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    });
    try {
      await identifySystem(replication);
    } finally {
      await closeSession(replication);
    }
    return [];
  } catch (error) {
    return [findingOf(error)];
  }
}

function findingOf(thrown: unknown): Finding {
  const error = thrown instanceof MillraceError ? thrown : classifyError(thrown);
  const { code, remedy, policy } = error;
  const detail = error.message.replace(`${code}: `, '');
  return finding(
    'error',
    { code, remedy, policy, cause: 'the source could not be asked, or refuses to be captured' },
    { detail },
  );
}
