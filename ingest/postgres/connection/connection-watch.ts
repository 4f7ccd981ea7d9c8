import type pg from 'pg';
import { MillraceError } from '../../../runtime/errors.ts';
import { INGEST_ERRORS } from '../../errors.ts';
import { socketOf } from '../stream/wire.ts';
import { backendPid, closeSession, openSession, type SessionOptions } from './session.ts';

export interface ConnectionWatchOptions {
  readonly client: pg.Client;
  /** How another connection to the same server is made. */
  readonly session: SessionOptions;
  /** Silence after which it is looked at. */
  readonly silentMs: number;
  /** Since when an answer is awaited, and nothing of ours keeps it from being read (`performance.now()`); null: it is not. */
  readonly waitingSince: () => number | null;
  /** The connection is dead: it was destroyed, and whatever waits for it fails. */
  readonly onDead: (error: MillraceError) => void;
}

/**
 * Tells a connection that is open and carries nothing any more from a query that takes its time (or waits for a lock):
 * after a long silence it asks the server, on another connection, what the session does. Answers a function that ends it.
 */
export function watchConnection(options: ConnectionWatchOptions): () => void {
  const { client, session, silentMs, waitingSince, onDead } = options;
  const socket = socketOf(client);
  let lastInbound = performance.now();
  let asking = false;
  const onData = (): void => {
    lastInbound = performance.now();
  };
  socket.on('data', onData);
  const timer = setInterval(() => {
    const since = waitingSince();
    if (asking || since === null || performance.now() - Math.max(since, lastInbound) < silentMs) return;
    asking = true;
    const asked = lastInbound;
    void isServed(client, session, silentMs).then((served) => {
      asking = false;
      if (served) lastInbound = performance.now();
      else if (asked === lastInbound && waitingSince() !== null) {
        end();
        onDead(new MillraceError(INGEST_ERRORS.connectionSilent, `no answer to a query for ${silentMs} ms`));
        socket.destroy();
      }
    });
  }, silentMs / 4);

  function end(): void {
    clearInterval(timer);
    socket.off('data', onData);
  }
  return end;
}

interface Activity {
  readonly state: string | null;
  readonly wait_event_type: string | null;
}

/** False when the server does not answer either, does not know the session, or thinks that it has answered it. */
async function isServed(client: pg.Client, session: SessionOptions, limitMs: number): Promise<boolean> {
  let probe: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  const look = async (): Promise<boolean> => {
    probe = await openSession({ ...session, connectTimeoutMs: limitMs });
    const { rows } = await probe.query<Activity>('select state, wait_event_type from pg_stat_activity where pid = $1', [
      backendPid(client),
    ]);
    return rows[0] !== undefined && isAtWork(rows[0]);
  };
  try {
    return await Promise.race([look(), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    if (probe !== null) void closeSession(probe);
  }
}

/** `Client`: it waits for us to read or to write, and we do neither. */
export function isAtWork({ state, wait_event_type }: Activity): boolean {
  return state === 'active' && wait_event_type !== 'Client';
}
