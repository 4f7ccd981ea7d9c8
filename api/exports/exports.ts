import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Logger } from '../../runtime/logger.ts';
import { type Caller, withCall } from '../access/caller.ts';
import { API_ERRORS } from '../errors.ts';
import type { ApiMetrics } from '../metrics.ts';
import { ApiError, problemDocument } from '../problems/problem.ts';
import type { WarehouseReader } from '../warehouse-reader.ts';
import { admit } from './admit.ts';
import type { ExportFolder } from './export-folder.ts';
import { asExportProblem, interruptedRecord } from './export-problem.ts';
import { type ExportedRequest, type ExportRecord, expiryMs, isFinished } from './export-record.ts';
import type { ExportAnswer, ExportFormat } from './exportable.ts';
import type { ExportLimits } from './limits.ts';
import { countRows } from './row-count.ts';
import { writeExport } from './write-export.ts';

export interface NewExport {
  readonly owner: string;
  readonly scope: string;
  /** As whom it is read; null: nobody is asked who they are. */
  readonly caller: Caller | null;
  readonly request: ExportedRequest;
  readonly format: ExportFormat;
  readonly fileName: string;
  readonly answer: ExportAnswer;
}

/** How far one is that is under way. */
export interface ExportProgress {
  readonly bytes: number;
  /** Null: the format does not tell. */
  readonly rows: number | null;
}

export interface KnownExport {
  readonly record: ExportRecord;
  readonly progress: ExportProgress;
}

/** The exports of everybody. An owner sees their own alone. */
export interface Exports {
  /** Throws API_EXPORTS_TOO_MANY, API_EXPORTS_BUSY, API_EXPORT_STORAGE. */
  accept(asked: NewExport): Promise<KnownExport>;
  /** Newest first. */
  all(owner: string): readonly KnownExport[];
  /** Throws API_EXPORT_UNKNOWN. */
  one(owner: string, id: string): KnownExport;
  /** Ends one that is under way, whose record stays; removes one that has ended, and its file. Throws API_EXPORT_UNKNOWN. */
  drop(owner: string, id: string): Promise<KnownExport | 'removed'>;
  filePath(id: string): string;
  /** Ends what is under way. */
  close(): Promise<void>;
}

interface Live {
  record: ExportRecord;
  progress: ExportProgress;
  /** What there is to do, until it is done. */
  work: { readonly asked: NewExport; readonly controller: AbortController } | null;
  /** Settled when nothing is written of it any more. */
  ended: Promise<void>;
}

/** Between two looks at how full the disk is. */
const DISK_CHECK_BYTES = 16 * 1024 ** 2;
const SWEEP_INTERVAL_MS = 30_000;
const NOTHING: ExportProgress = { bytes: 0, rows: null };

export async function openExports(options: {
  folder: ExportFolder;
  reader: WarehouseReader;
  limits: ExportLimits;
  metrics: ApiMetrics;
  logger: Logger;
  now?: () => number;
}): Promise<Exports> {
  const { folder, reader, limits, metrics, logger, now = Date.now } = options;
  const known = new Map<string, Live>();
  const queue: Live[] = [];
  let running = 0;
  /** Of all files, half-written ones included. */
  let keptBytes = 0;
  let isClosing = false;

  const records = await folder
    .open((record) => interruptedRecord(record, now()))
    .catch((error: unknown) => {
      logger.warn({ err: error }, 'exports of before cannot be read');
      return [];
    });
  for (const record of records) {
    known.set(record.id, {
      record,
      progress: { bytes: record.bytes, rows: record.rows },
      work: null,
      ended: Promise.resolve(),
    });
    keptBytes += record.bytes;
  }
  const sweeper = setInterval(() => void sweep(), SWEEP_INTERVAL_MS).unref();
  report();

  function report(): void {
    metrics.exportsUnderWay.set({ status: 'queued' }, queue.length);
    metrics.exportsUnderWay.set({ status: 'running' }, running);
    metrics.exportKeptBytes.set(keptBytes);
  }

  async function sweep(): Promise<void> {
    for (const { record } of known.values()) {
      if ((expiryMs(record, limits.keepMs) ?? Number.POSITIVE_INFINITY) <= now()) await forget(record.id);
    }
  }

  async function forget(id: string): Promise<void> {
    const live = known.get(id);
    if (live === undefined) return;
    known.delete(id);
    keptBytes -= live.record.bytes;
    report();
    await folder.remove(id).catch((error: unknown) => logger.warn({ err: error, id }, 'an export cannot be removed'));
  }

  /** Shown when it is kept; what cannot be kept is known until the process ends. */
  async function update(live: Live, change: Partial<ExportRecord>): Promise<void> {
    const record = { ...live.record, ...change };
    await folder
      .save(record)
      .catch((error: unknown) => logger.warn({ err: error, id: record.id }, 'an export cannot be recorded'));
    live.record = record;
  }

  function next(): void {
    while (running < limits.maxRunning && !isClosing) {
      const live = queue.shift();
      if (live?.work == null) break;
      const { asked, controller } = live.work;
      running++;
      live.ended = withCall({ caller: asked.caller, noted: null }, () => run(live, asked, controller.signal)).finally(
        () => {
          running--;
          live.work = null;
          next();
          report();
        },
      );
    }
    report();
  }

  async function run(live: Live, asked: NewExport, signal: AbortSignal): Promise<void> {
    const { id } = live.record;
    const startedAtMs = now();
    await update(live, { status: 'running', startedAtMs });
    try {
      signal.throwIfAborted();
      const { rows, content } = await asked.answer.open(asked.format, reader.forRequest(signal), signal);
      live.record = { ...live.record, rows };
      const { sha256 } = await write(live, content, signal);
      const written = live.progress;
      if (written.rows !== null && written.rows !== rows) {
        throw new ApiError(API_ERRORS.queryFailed, `${written.rows} rows came of ${rows}`);
      }
      await folder.finish(id);
      // Recorded or not there: what has a file that nobody knows of is swept away at the next start.
      const done = { ...live.record, status: 'done', finishedAtMs: now(), bytes: written.bytes, sha256 } as const;
      await folder.save(done);
      live.record = done;
      live.progress = { ...written, rows };
      metrics.exportBytes.inc(written.bytes);
      metrics.exportSeconds.observe((now() - startedAtMs) / 1000);
    } catch (error) {
      await fail(live, error, signal);
    }
    const { status, rows, bytes, problem } = live.record;
    metrics.exports.inc({ outcome: status });
    logger.info({ id, status, rows, bytes, code: problem?.code }, 'export ended');
  }

  async function write(live: Live, content: Readable, signal: AbortSignal) {
    const { id, format } = live.record;
    const counted = countRows(format);
    let unchecked = DISK_CHECK_BYTES;
    return writeExport({
      content,
      path: folder.partPath(id),
      signal,
      async meter(chunk) {
        const bytes = live.progress.bytes + chunk.length;
        if (bytes > limits.maxFileBytes) {
          throw new ApiError(API_ERRORS.exportTooLarge, `it has more than ${limits.maxFileBytes} bytes`);
        }
        if (keptBytes + chunk.length > limits.maxTotalBytes) {
          throw new ApiError(API_ERRORS.exportStorage, `exports may take ${limits.maxTotalBytes} bytes together`);
        }
        keptBytes += chunk.length;
        counted.add(chunk);
        live.progress = { bytes, rows: counted.rows() };
        unchecked += chunk.length;
        if (unchecked < DISK_CHECK_BYTES) return;
        unchecked = 0;
        await refuseFullDisk();
      },
    });
  }

  async function refuseFullDisk(): Promise<void> {
    if ((await folder.freeBytes()) >= limits.minFreeDiskBytes) return;
    throw new ApiError(API_ERRORS.exportStorage, 'the disk is nearly full');
  }

  async function fail(live: Live, error: unknown, signal: AbortSignal): Promise<void> {
    const { id } = live.record;
    const { bytes } = live.progress;
    await folder.dropPart(id).catch(() => {}); // it may never have been made; the next start sweeps it away
    keptBytes -= bytes;
    live.progress = NOTHING;
    const end = { finishedAtMs: now(), bytes: 0, sha256: null };
    if (signal.aborted && !isClosing) return update(live, { ...end, status: 'cancelled' });
    const problem = isClosing ? interruptedBy() : asExportProblem(error);
    if (problem.code === API_ERRORS.internal.code) logger.error({ err: error, id }, 'export failed');
    await update(live, { ...end, status: 'failed', problem: problemDocument(problem, `/v1/exports/${id}`) });
  }

  const interruptedBy = (): ApiError => new ApiError(API_ERRORS.exportInterrupted, 'the API was stopped');

  function ownOne(owner: string, id: string): Live {
    const live = known.get(id);
    const isThere = live !== undefined && (expiryMs(live.record, limits.keepMs) ?? Number.POSITIVE_INFINITY) > now();
    if (isThere && live.record.owner === owner) return live;
    throw new ApiError(API_ERRORS.exportUnknown, 'no export of yours has this id');
  }

  return {
    async accept(asked) {
      await sweep();
      const admission = admit({
        owner: asked.owner,
        records: [...known.values()].map(({ record }) => record),
        keptBytes,
        limits,
      });
      if (!admission.admitted) throw refusal(admission.because, limits);
      const { watermark, publishedAt, asOf } = asked.answer.published;
      const record: ExportRecord = {
        id: randomUUID(),
        owner: asked.owner,
        scope: asked.scope,
        request: asked.request,
        format: asked.format,
        fileName: asked.fileName,
        published: { watermark, publishedAt, asOf },
        status: 'queued',
        createdAtMs: now(),
        startedAtMs: null,
        finishedAtMs: null,
        rows: null,
        bytes: 0,
        sha256: null,
        problem: null,
      };
      const live: Live = {
        record,
        progress: NOTHING,
        work: { asked, controller: new AbortController() },
        ended: Promise.resolve(),
      };
      // Taken at once, so that those who ask meanwhile are counted right.
      known.set(record.id, live);
      try {
        for (const id of admission.forgotten) await forget(id);
        await refuseFullDisk();
        await folder.save(record);
      } catch (error) {
        known.delete(record.id);
        throw asExportProblem(error);
      }
      queue.push(live);
      next();
      return live;
    },
    all: (owner) =>
      [...known.values()]
        .filter(({ record }) => record.owner === owner)
        .sort((one, other) => other.record.createdAtMs - one.record.createdAtMs),
    one: ownOne,
    async drop(owner, id) {
      const live = ownOne(owner, id);
      if (isFinished(live.record)) {
        await forget(id);
        return 'removed';
      }
      live.work?.controller.abort();
      const waiting = queue.indexOf(live);
      if (waiting >= 0) {
        queue.splice(waiting, 1);
        live.work = null;
        live.ended = update(live, { status: 'cancelled', finishedAtMs: now() });
        metrics.exports.inc({ outcome: 'cancelled' });
        report();
      }
      await live.ended;
      return live;
    },
    filePath: folder.filePath,
    async close() {
      isClosing = true;
      clearInterval(sweeper);
      for (const live of queue.splice(0)) await fail(live, null, AbortSignal.abort());
      for (const { work } of known.values()) work?.controller.abort();
      await Promise.all([...known.values()].map(({ ended }) => ended));
      await folder.close();
    },
  };
}

function refusal(because: 'caller' | 'queue' | 'room', limits: ExportLimits): ApiError {
  switch (because) {
    case 'caller':
      return new ApiError(API_ERRORS.exportsTooMany, `${limits.maxPerCaller} may be kept for one caller`);
    case 'queue':
      return new ApiError(API_ERRORS.exportsBusy, `${limits.maxQueued} are waiting`);
    case 'room':
      return new ApiError(API_ERRORS.exportStorage, `exports may take ${limits.maxTotalBytes} bytes together`);
  }
}
