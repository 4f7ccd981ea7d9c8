import type pg from 'pg';
import type { MillraceError } from '../../../runtime/errors.ts';
import { createCatalogConnection } from './catalog-connection.ts';
import { watchConnection } from './connection-watch.ts';
import { closeSession, openSession, type SessionOptions } from './session.ts';

/** A connection that several parts ask in turn; what waits for an answer rejects when it carries nothing any more. */
export interface WatchedSession {
  readonly client: pg.Client;
  readonly queries: ReturnType<typeof createCatalogConnection>;
  endWatch(): void;
  close(): Promise<void>;
}

/** `silentMs`: silence after which the server is asked whether it still works on a statement. */
export async function openWatchedSession(options: {
  readonly session: SessionOptions;
  readonly silentMs: number;
  readonly onDead: (error: MillraceError) => void;
}): Promise<WatchedSession> {
  const { session, silentMs, onDead } = options;
  const client = await openSession(session);
  const queries = createCatalogConnection(client);
  // Whoever looks need not be one that replicates.
  const { url, applicationName } = session;
  const watched = { url, applicationName };
  const { waitingSince } = queries;
  const endWatch = watchConnection({ client, session: watched, silentMs, waitingSince, onDead });
  return {
    client,
    queries,
    endWatch,
    async close() {
      endWatch();
      await closeSession(client);
    },
  };
}
