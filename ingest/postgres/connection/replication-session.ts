import type pg from 'pg';
import type { Logger } from '../../../runtime/logger.ts';
import type { CatalogQueries } from './catalog-connection.ts';
import { openWatchedSession } from './watched-session.ts';

/** A connection for replication commands. Commands may wait for long; one whose connection is dead rejects. */
export interface ReplicationSession extends CatalogQueries {
  readonly client: pg.Client;
  /** No more commands: the connection is a stream's from here on, which watches it by itself. */
  endWatch(): void;
  close(): Promise<void>;
}

/** `silentMs`: silence after which the server is asked whether it still works on a command. */
export async function openReplicationSession(options: {
  readonly url: string;
  readonly applicationName: string;
  readonly silentMs: number;
  readonly logger: Logger;
}): Promise<ReplicationSession> {
  const { url, applicationName, silentMs, logger } = options;
  const { client, queries, endWatch, close } = await openWatchedSession({
    session: { url, applicationName, replication: true },
    silentMs,
    onDead: (error) => logger.warn({ code: error.code }, 'a connection for replication commands is given up'),
  });
  return { client, query: queries.query, endWatch, close };
}
