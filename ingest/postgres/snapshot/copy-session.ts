import type { Tuple } from '../../../changelog/change.ts';
import { createTuple } from '../../../changelog/tuple.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { INGEST_ERRORS } from '../../errors.ts';
import { classifyError } from '../classify-error.ts';
import { watchConnection } from '../connection/connection-watch.ts';
import { closeSession, openSession, type SessionOptions } from '../connection/session.ts';
import { FrameReader } from '../stream/frame-reader.ts';
import { queryMessage, readServerError, takeSocket } from '../stream/wire.ts';
import { readCopyLine } from './copy-line.ts';

export interface CopyRequest {
  /** `copy (...) to stdout` in text format; a transaction of its own. */
  readonly sql: string;
  readonly columns: number;
  /** Each row as its line, newline included; false: the row is given to `row` instead. */
  readonly line: ((bytes: Buffer, start: number, end: number) => boolean) | null;
  /** A row as a flyweight. */
  readonly row: (tuple: Tuple) => void;
  readonly room: () => Promise<void> | null;
}

export interface Copied {
  readonly rows: number;
  /** Of COPY's text. */
  readonly bytes: number;
}

export interface CopySession {
  /** Resolves when the statement has ended and every row was passed on. One at a time. */
  copy(request: CopyRequest): Promise<Copied>;
  close(): Promise<void>;
}

/** A connection that copies out: bytes from the socket go through the row's tuple, without an object per row. */
export async function openCopySession(
  options: SessionOptions & {
    /** Silence after which the server is asked whether it still serves the connection. */
    readonly silentMs?: number;
  },
): Promise<CopySession> {
  const client = await openSession(options);
  const socket = takeSocket(client);
  const tuple = createTuple();
  const waiting: Buffer[] = [];
  let current: CopyRequest | null = null;
  let settle: ((error: unknown) => void) | null = null;
  let error: unknown = null;
  let busy = false;
  let dead: unknown = null;
  let rows = 0;
  let copiedBytes = 0;
  /** Of the statement, or of our reading again. */
  let since = 0;

  const reader = new FrameReader((type, bytes, start, end) => {
    if (type === 0x64 /* d */) {
      if (current === null || error !== null) return null;
      rows++;
      copiedBytes += end - start;
      if (current.line?.(bytes, start, end) === true) return null;
      readCopyLine(tuple, current.columns, bytes, start, end);
      current.row(tuple);
    } else if (type === 0x45 /* E */) {
      error ??= readServerError(bytes, start, end);
    } else if (type === 0x5a /* Z */) {
      finish();
    }
    return null;
  });

  function finish(): void {
    const done = settle;
    settle = null;
    current = null;
    done?.(error);
  }

  function kill(reason: unknown): void {
    dead ??= reason;
    error ??= reason;
    socket.destroy();
    finish();
  }

  function read(chunk: Buffer): Promise<void> | null {
    const stop = reader.push(chunk);
    return stop ?? (current === null ? null : current.room());
  }

  async function pauseFor(first: Promise<void>): Promise<void> {
    busy = true;
    socket.pause();
    await first;
    for (let chunk = waiting.shift(); chunk !== undefined; chunk = waiting.shift()) await read(chunk);
    busy = false;
    since = performance.now();
    socket.resume();
  }

  socket.on('data', (chunk: Buffer) => {
    if (busy) {
      waiting.push(chunk);
      return;
    }
    try {
      const stop = read(chunk);
      if (stop !== null) pauseFor(stop).catch(kill);
    } catch (thrown) {
      kill(thrown);
    }
  });
  socket.on('error', kill);
  socket.on('close', () => kill(new MillraceError(INGEST_ERRORS.connectionLost, 'a snapshot connection was closed')));

  const endWatch =
    options.silentMs === undefined
      ? () => {}
      : watchConnection({
          client,
          session: options,
          silentMs: options.silentMs,
          waitingSince: () => (current === null || busy ? null : since),
          onDead: kill,
        });
  socket.on('close', endWatch);

  return {
    copy(request) {
      return new Promise((resolve, reject) => {
        if (dead !== null) {
          reject(classifyError(dead));
          return;
        }
        error = null;
        rows = 0;
        copiedBytes = 0;
        current = request;
        since = performance.now();
        settle = (failure) =>
          failure === null ? resolve({ rows, bytes: copiedBytes }) : reject(classifyError(failure));
        socket.write(queryMessage(request.sql));
      });
    },
    close: () => closeSession(client),
  };
}
