import type pg from 'pg';
import type { SourceLog } from '../../../changelog/change-log.ts';
import { aborted } from '../../../runtime/abortable.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { INGEST_ERRORS } from '../../errors.ts';
import { classifyError } from '../classify-error.ts';
import { quoteIdentifier, quoteLiteral } from '../identifiers.ts';
import type { CaptureTiming } from '../timing.ts';
import { FrameReader } from './frame-reader.ts';
import { type PgoutputDecoder, POSTGRES_EPOCH_MICROS } from './pgoutput-decoder.ts';
import { violation } from './protocol-violation.ts';
import { isTimeForSign, mayAdvance, statusIsDue, statusUpdate } from './status-update.ts';
import type { TransactionCursor } from './transaction-cursor.ts';
import { isSilent } from './watchdog.ts';
import { COPY_DONE, copyDataMessage, queryMessage, readServerError, type ServerError, takeSocket } from './wire.ts';

export interface ReplicationStreamOptions {
  /** Connected with `replication: 'database'`, idle; the stream takes its socket for good. */
  readonly client: pg.Client;
  readonly slot: string;
  readonly publication: string;
  readonly decoder: PgoutputDecoder;
  readonly cursor: TransactionCursor;
  readonly log: Pick<SourceLog, 'room' | 'advance'>;
  /** Everything before it is durable, by this run or an earlier one. */
  readonly durableLsn: () => bigint;
  readonly timing: Pick<CaptureTiming, 'tickMs' | 'statusIntervalMs' | 'watchdogMs' | 'drainMs'>;
  /** The position to confirm, at most `durableLsn()`. */
  readonly confirmable: () => bigint;
  readonly onStarted: () => void;
  readonly onConfirmed: (lsn: bigint) => void;
  readonly onHead: (walEndLsn: bigint) => void;
  readonly onNotice: (notice: ServerError) => void;
  readonly signal: AbortSignal;
}

/** A source at rest is looked at this much less often. */
const RESTING_TICKS = 5;

/**
 * Streams from the slot until the signal aborts: then it stops reading, waits for what is in flight, confirms it and
 * resolves. Rejects with an error of the catalogue when the connection or the decoding fails.
 */
export async function runReplicationStream(options: ReplicationStreamOptions): Promise<void> {
  const { client, decoder, cursor, log, timing, signal } = options;
  const socket = takeSocket(client);
  let lastInbound = performance.now();
  let lastSent = performance.now();
  let sentLsn = 0n;
  let busy = false;
  let ended = false;
  const waiting: Buffer[] = [];
  let fail: (error: unknown) => void = () => {};
  const failure = new Promise<never>((_resolve, reject) => {
    fail = (error) => {
      ended = true;
      reject(classifyError(error));
    };
  });
  failure.catch(() => {});

  const reader = new FrameReader((type, bytes, start, end) => {
    if (type !== 0x64 /* d */) {
      onControlFrame(type, bytes, start, end);
      return null;
    }
    if (bytes[start] === 0x77 /* w: XLogData */) return decoder.decode(bytes, start + 25, end);
    if (bytes[start] === 0x6b /* k */) onKeepalive(bytes, start, end);
    return null;
  });

  function onControlFrame(type: number, bytes: Buffer, start: number, end: number): void {
    switch (type) {
      case 0x57: // W: CopyBothResponse
        options.onStarted();
        return;
      case 0x45: // E
        throw readServerError(bytes, start, end);
      case 0x4e: // N
        options.onNotice(readServerError(bytes, start, end));
        return;
      case 0x53: // S: a parameter changed
        return;
      case 0x63: // c
      case 0x43: // C
      case 0x5a: // Z
        throw new MillraceError(INGEST_ERRORS.connectionLost, 'the server ended the stream');
      default:
        throw violation(`a message of type ${type} in the stream`);
    }
  }

  function onKeepalive(bytes: Buffer, start: number, end: number): void {
    if (end - start < 18) throw violation('a keepalive is cut off');
    const walEndLsn = bytes.readBigUInt64BE(start + 1);
    options.onHead(walEndLsn);
    const facts = {
      inTransaction: cursor.inTransaction,
      isOpen: cursor.isOpen,
      handedEndLsn: cursor.handedEndLsn,
      durableLsn: options.durableLsn(),
      walEndLsn,
    };
    if (mayAdvance(facts)) {
      cursor.advance(walEndLsn);
      log.advance(walEndLsn, bytes.readBigInt64BE(start + 9) + POSTGRES_EPOCH_MICROS);
    }
    sendStatus(bytes[start + 17] === 1);
  }

  function sendStatus(replyRequested: boolean): void {
    const durableLsn = options.confirmable();
    const times = { nowMs: performance.now(), sentMs: lastSent, intervalMs: timing.statusIntervalMs };
    if (!statusIsDue({ durableLsn, sentLsn, replyRequested, ...times })) return;
    // Ask for an answer when nobody asked us: it carries the WAL's end and is the watchdog's sign of life.
    writeStatus(durableLsn, isTimeForSign(times));
  }

  function writeStatus(durableLsn: bigint, requestReply: boolean): void {
    socket.write(copyDataMessage(statusUpdate(durableLsn, Date.now(), requestReply)));
    lastSent = performance.now();
    if (durableLsn > sentLsn) {
      sentLsn = durableLsn;
      options.onConfirmed(durableLsn);
    }
  }

  function onData(chunk: Buffer): void {
    lastInbound = performance.now();
    if (ended) return;
    if (busy) {
      waiting.push(chunk);
      return;
    }
    try {
      const stop = reader.push(chunk) ?? log.room();
      if (stop !== null) void pauseFor(stop);
    } catch (error) {
      fail(error);
    }
  }

  /** Not reading until the relation is known or the log has room again; then on with what is here already. */
  async function pauseFor(first: Promise<void>): Promise<void> {
    busy = true;
    socket.pause();
    try {
      await first;
      while (!ended) {
        const chunk = reader.isDone ? waiting.shift() : null;
        if (chunk === undefined) break;
        const stop = (chunk === null ? reader.resume() : reader.push(chunk)) ?? log.room();
        if (stop !== null) await stop;
      }
      if (ended) return;
      busy = false;
      lastInbound = performance.now();
      socket.resume();
    } catch (error) {
      fail(error);
    }
  }

  /** Nothing waits to be durable, and nothing that is to be confirmed. */
  function isAtRest(): boolean {
    return options.durableLsn() >= cursor.handedEndLsn && options.confirmable() <= sentLsn;
  }

  /** To a moment that all sources share. */
  function restingMs(): number {
    const everyMs = timing.tickMs * RESTING_TICKS;
    return everyMs - (performance.now() % everyMs);
  }

  let ticker = setTimeout(tick, timing.tickMs);
  function tick(): void {
    try {
      sendStatus(false);
      ticker = setTimeout(tick, isAtRest() ? restingMs() : timing.tickMs);
    } catch (error) {
      fail(error);
      return;
    }
    if (isSilent({ now: performance.now(), lastInbound, paused: busy, limitMs: timing.watchdogMs })) {
      fail(new MillraceError(INGEST_ERRORS.connectionSilent, `nothing received for ${timing.watchdogMs} ms`));
    }
  }
  const onError = (error: Error): void => fail(error);
  const onClose = (): void => fail(new MillraceError(INGEST_ERRORS.connectionLost, 'the connection was closed'));
  socket.on('data', onData);
  socket.on('error', onError);
  socket.on('close', onClose);

  try {
    socket.write(
      queryMessage(
        `START_REPLICATION SLOT ${quoteIdentifier(options.slot)} LOGICAL 0/0 ` +
          `(proto_version '1', publication_names ${quoteLiteral(quoteIdentifier(options.publication))}, binary 'false')`,
      ),
    );
    await Promise.race([failure, aborted(signal)]);
    ended = true; // Stop reading: what arrives from here on is read again next time.
    const deadline = performance.now() + timing.drainMs;
    while (options.durableLsn() < cursor.handedEndLsn && performance.now() < deadline) await delay(10);
    writeStatus(options.confirmable(), false);
    socket.write(COPY_DONE);
    socket.resume();
  } finally {
    ended = true;
    clearTimeout(ticker);
    socket.off('close', onClose);
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
