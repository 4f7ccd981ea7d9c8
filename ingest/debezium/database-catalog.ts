import type pg from 'pg';
import { classifyError } from '../postgres/classify-error.ts';
import { createCatalogConnection } from '../postgres/connection/catalog-connection.ts';
import { closeSession, openSession } from '../postgres/connection/session.ts';
import { describeEveryTable, type PublishedTable } from '../postgres/tables/catalog.ts';

/** What the database itself says of its tables: no slot, no publication, and no rights but to look at the catalog. */
export interface DatabaseCatalog {
  /** Connects when it has to. Throws out of the catalogue of `ingest/errors.ts`. */
  describe(): Promise<CatalogView>;
  close(): Promise<void>;
}

export interface CatalogView {
  readonly tables: readonly PublishedTable[];
  /** Names of generated columns, by table OID: a copy of Debezium's has them, its stream has not. */
  readonly generated: ReadonlyMap<number, ReadonlySet<string>>;
  /** End of the server's WAL; 0n on a standby that is promoted this moment. */
  readonly headLsn: bigint;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Rows that are known wait for the catalog no longer than that. */
const STATEMENT_TIMEOUT_MS = 10_000;

const GENERATED = `
select a.attrelid::int8::float8 as oid, array_agg(a.attname::text) as names
from pg_attribute a
where a.attrelid >= 16384 and a.attnum > 0 and not a.attisdropped and a.attgenerated <> ''
group by 1`;

const HEAD = `
select (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end - '0/0')::text as lsn`;

export function createDatabaseCatalog(options: {
  url: string;
  applicationName: string;
  schemas: readonly string[];
}): DatabaseCatalog {
  const { url, applicationName, schemas } = options;
  let session: pg.Client | null = null;

  async function closeIt(): Promise<void> {
    const closing = session;
    session = null;
    if (closing !== null) await closeSession(closing);
  }

  return {
    async describe() {
      try {
        if (session === null) {
          session = await openSession({ url, applicationName, connectTimeoutMs: CONNECT_TIMEOUT_MS });
          await session.query(`set statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
        }
        const client = createCatalogConnection(session);
        const tables = await describeEveryTable(client, schemas);
        const { rows } = await client.query<{ oid: number; names: string[] }>(GENERATED);
        const head = await client.query<{ lsn: string | null }>(HEAD);
        return {
          tables,
          generated: new Map(rows.map(({ oid, names }) => [oid, new Set(names)])),
          headLsn: BigInt(head.rows[0]?.lsn ?? 0),
        };
      } catch (error) {
        await closeIt();
        throw classifyError(error);
      }
    },
    close: closeIt,
  };
}
