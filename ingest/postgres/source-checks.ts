import { type ErrorDefinition, MillraceError } from '../../runtime/errors.ts';
import { INGEST_ERRORS } from '../errors.ts';
import type { CatalogConnection } from './connection/catalog-connection.ts';
import { publicationName, quoteIdentifier } from './identifiers.ts';

export interface SourceFacts {
  readonly database: string;
  readonly serverVersion: number;
  readonly walLevel: string;
  readonly hasPublication: boolean;
  readonly walSenderTimeoutMs: number;
  readonly isStandby: boolean;
}

export async function readSourceFacts(control: CatalogConnection, publication: string): Promise<SourceFacts> {
  const { rows } = await control.query<{
    database: string;
    version: number;
    wal_level: string;
    has_publication: boolean;
    timeout_ms: number;
    is_standby: boolean;
  }>(
    `select current_database() as database,
      current_setting('server_version_num')::int as version,
      current_setting('wal_level') as wal_level,
      pg_is_in_recovery() as is_standby,
      exists(select from pg_publication where pubname = $1) as has_publication,
      (select setting::int from pg_settings where name = 'wal_sender_timeout') as timeout_ms`,
    [publication],
  );
  const row = rows[0]!;
  return {
    database: row.database,
    serverVersion: row.version,
    walLevel: row.wal_level,
    hasPublication: row.has_publication,
    walSenderTimeoutMs: row.timeout_ms ?? 0,
    isStandby: row.is_standby,
  };
}

/** What stands in the way of capture, with the remedy in this source's own words; null when nothing does. */
export function obstacleOf(facts: SourceFacts, source: string): { definition: ErrorDefinition; detail: string } | null {
  if (facts.serverVersion < 140_000) {
    return { definition: INGEST_ERRORS.serverTooOld, detail: `server version ${facts.serverVersion}` };
  }
  if (facts.isStandby) return { definition: INGEST_ERRORS.sourceIsStandby, detail: `${facts.database} is in recovery` };
  if (facts.walLevel !== 'logical') {
    return { definition: INGEST_ERRORS.walLevel, detail: `wal_level is ${facts.walLevel}` };
  }
  if (!facts.hasPublication) {
    const name = publicationName(source);
    return {
      definition: {
        ...INGEST_ERRORS.publicationMissing,
        remedy:
          `create publication ${quoteIdentifier(name)} for tables in schema public; ` +
          'if it existed before, changes were missed: resync the source',
      },
      detail: `publication ${name} does not exist in ${facts.database}`,
    };
  }
  return null;
}

export async function checkSource(control: CatalogConnection, source: string): Promise<SourceFacts> {
  const facts = await readSourceFacts(control, publicationName(source));
  const obstacle = obstacleOf(facts, source);
  if (obstacle !== null) throw new MillraceError(obstacle.definition, obstacle.detail);
  return facts;
}
