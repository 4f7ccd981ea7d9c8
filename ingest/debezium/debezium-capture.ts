import type { SourceLog } from '../../changelog/change-log.ts';
import { createKafkajsAdmin } from '../../changelog/kafka/client/kafkajs-admin.ts';
import { createKafkajsClient } from '../../changelog/kafka/client/kafkajs-client.ts';
import { connectionOf, createKafkajs } from '../../changelog/kafka/client/kafkajs-connection.ts';
import { DEBEZIUM_ENVELOPE } from '../../changelog/kafka/envelope/envelope-options.ts';
import { isMissingTopic } from '../../changelog/kafka/gone.ts';
import { aborted, sleep } from '../../runtime/abortable.ts';
import type { DebeziumConfig, SourceConfig } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Capture, CaptureOptions } from '../capture.ts';
import { createColumnRules } from '../columns/column-plan.ts';
import { protectLog } from '../columns/protected-log.ts';
import { INGEST_ERRORS } from '../errors.ts';
import { watchCapture } from '../metrics.ts';
import { createTableFilter } from '../postgres/tables/table-filter.ts';
import type { CapturePhase, CaptureProgress } from '../progress.ts';
import { runEpochs, shownError } from '../run-epochs.ts';
import { CopiedRows } from './copied-rows.ts';
import { createDatabaseCatalog } from './database-catalog.ts';
import { topicOf } from './debezium-book.ts';
import { DebeziumMemory } from './debezium-memory.ts';
import { debeziumTables } from './debezium-progress.ts';
import { DEFAULT_DEBEZIUM_TIMING, type DebeziumTiming } from './debezium-timing.ts';
import { DEBEZIUM_ERRORS } from './errors.ts';
import type { HandedCounts } from './hand-over.ts';
import { waitedFor } from './outside.ts';
import { runTopics, type TopicsView } from './run-topics.ts';
import { ShapeChanged, TableSet } from './table-set.ts';
import { TopicReader } from './topic-reader.ts';

export interface DebeziumCaptureOptions extends Omit<CaptureOptions, 'timing'> {
  readonly source: SourceConfig & { readonly debezium: DebeziumConfig };
  readonly timing?: Partial<DebeziumTiming>;
}

function emptyView(): TopicsView {
  return { phase: 'connecting', handedEndLsn: 0n, savedLsn: 0n, lastCommitMicros: 0n, transactions: 0 };
}

/** Capture of topics that a Debezium wrote, into the change log. */
export function createDebeziumCapture(options: DebeziumCaptureOptions): Capture {
  const { source } = options;
  const { debezium } = source;
  const timing: DebeziumTiming = { ...DEFAULT_DEBEZIUM_TIMING, ...options.timing };
  const transactionTopic = debezium.transactionTopic ?? `${debezium.prefix}.transaction`;
  const rest = { firstMs: timing.retryFirstMs, maxMs: timing.retryMaxMs };
  const logger = options.logger.child({ source: source.name });
  const counts: HandedCounts = { inserts: 0, updates: 0, deletes: 0, truncates: 0, skipped: 0 };
  /** Of one opening of the log: what a former one still has on its way must not show here. */
  let view = emptyView();
  let hasBegunAnew = false;
  /** Aborted to end a reading because the topics are to be read anew. */
  let restart = new AbortController();
  let log: SourceLog | null = null;
  let memory: DebeziumMemory | null = null;
  let tables: TableSet | null = null;
  let copied: CopiedRows | null = null;
  let failures = 0;
  let lastError: MillraceError | null = null;
  let phaseBefore: CapturePhase = 'connecting';

  function failed(error: MillraceError, times: number): void {
    failures++;
    lastError = error;
    if (view.phase !== 'retrying') phaseBefore = view.phase;
    view.phase = 'retrying';
    if (times === 1) logger.warn({ code: error.code, err: error.message }, 'topics cannot be read, trying again');
  }

  function answered(): void {
    if (view.phase !== 'retrying') return;
    view.phase = phaseBefore;
    lastError = null;
  }

  function onEnd(failure: MillraceError | null): void {
    view.phase = failure === null ? 'stopped' : 'failed';
    lastError = failure ?? lastError;
  }

  /** Through one opening of the log. True when stopped; false when the topics are to be read anew, which is written down. */
  async function readTopics(signal: AbortSignal): Promise<boolean> {
    const stop = new AbortController();
    const asked = new AbortController();
    restart = asked;
    view = emptyView();
    const connection = connectionOf(debezium, `millrace-${source.name}`);
    const client = createKafkajsClient({ connection, logger });
    const admin = createKafkajsAdmin({ kafka: createKafkajs({ connection, logger }), logger });
    const catalog = createDatabaseCatalog({
      url: source.url,
      applicationName: `millrace_${source.name}`,
      schemas: source.schemas,
    });
    const stopped = AbortSignal.any([signal, stop.signal, asked.signal]);
    const outside = { describe: catalog.describe, topics: admin.topics, offsets: client.offsets };
    const patient = waitedFor(outside, {
      onFailure: failed,
      onAnswer: answered,
      firstMs: timing.retryFirstMs,
      maxMs: timing.retryMaxMs,
      signal: stopped,
    });
    try {
      const opened = await options.log.openSource(source.name, signal).catch((error) => {
        if (signal.aborted) return null;
        throw error;
      });
      if (opened === null) return true;
      log = protectLog(opened, createColumnRules(source), source.hashKey ?? '');
      if (options.resync === true && !hasBegunAnew) {
        await new DebeziumMemory(log, debezium.prefix).requestAnew();
        options.onResync?.();
      }
      hasBegunAnew = true;
      memory = new DebeziumMemory(log, debezium.prefix);
      // Whoever reads all anew needs nothing of what is lost.
      if (opened.incomplete != null && (memory.isBegun || opened.state === null))
        throw new MillraceError(INGEST_ERRORS.logIncomplete, opened.incomplete);
      const reader = new TopicReader({ client, limits: timing, onFailure: failed, onAnswer: answered });
      const set = new TableSet({
        source: source.name,
        prefix: debezium.prefix,
        format: { ...DEBEZIUM_ENVELOPE, ...debezium.envelope },
        filter: createTableFilter(source),
        log,
        outside,
        patient,
        reader,
        memory,
        logger,
      });
      tables = set;
      log.onTableFailure = ({ schema, table }, failure) => set.stop(`${schema}.${table}`, failure);
      const remembered = memory;
      const buildsFrom = (): bigint | undefined =>
        remembered.build === null ? undefined : (remembered.snapshotLsn ?? undefined);
      copied = new CopiedRows({ log, tables: set, buildsFrom });
      const reading = runTopics({
        log: opened,
        handed: log,
        outside,
        patient,
        reader,
        tables: set,
        memory,
        copied,
        counts,
        view,
        transactionTopic,
        isWithoutSnapshot: debezium.snapshot === 'none',
        timing,
        logger,
        signal: stopped,
      });
      const running = reading.catch(async (error) => {
        if (!(error instanceof ShapeChanged)) throw error;
        logger.info({ table: error.message }, 'a table got another shape while it was built: the topics are read anew');
        await remembered.requestAnew();
        asked.abort();
      });
      const late = aborted(stopped).then(() => sleep(timing.drainMs + 1_000, stop.signal));
      running.catch(() => {}); // The race below may be over.
      await Promise.race([running, log.failed, late]);
      return !asked.signal.aborted || signal.aborted;
    } finally {
      stop.abort();
      await Promise.allSettled([client.close(), admin.close(), catalog.close()]);
    }
  }

  function progress(): CaptureProgress {
    const durableLsn = log?.durableLsn() ?? 0n;
    const headLsn = tables?.headLsn ?? 0n;
    return {
      source: source.name,
      state: view.phase,
      receivedLsn: view.handedEndLsn,
      durableLsn: durableLsn > view.savedLsn ? durableLsn : view.savedLsn,
      confirmedLsn: view.savedLsn,
      headLsn: headLsn > view.handedEndLsn ? headLsn : view.handedEndLsn,
      wal: null,
      lastCommitMicros: view.lastCommitMicros,
      rows: { ...counts, snapshot: copied?.rows ?? 0, snapshotBytes: copied?.bytes ?? 0 },
      transactions: view.transactions,
      reconnects: failures,
      tables: memory === null || tables === null ? [] : debeziumTables(tables, memory),
      snapshot: null,
      lastError: shownError(lastError),
    };
  }

  function known(table: string): TableSet {
    if (tables === null) throw new MillraceError(INGEST_ERRORS.notRunning, source.name);
    if (!tables.names.includes(table)) throw new MillraceError(INGEST_ERRORS.tableUnknown, table);
    return tables;
  }

  async function refuse(table: string): Promise<void> {
    known(table);
    throw new MillraceError(DEBEZIUM_ERRORS.tableResyncImpossible, table);
  }

  /** Rejects where the topics would give less than the replicas have. */
  async function assertWhole(set: TableSet, { reached }: DebeziumMemory): Promise<void> {
    const client = createKafkajsClient({ connection: connectionOf(debezium, `millrace-${source.name}`), logger });
    const captured = new Set([...set.captured].map(({ topic }) => topic));
    const known = set.names.map((name) => topicOf(debezium.prefix, name)).filter((topic) => topic in reached.offsets);
    try {
      for (const topic of new Set([transactionTopic, ...captured, ...known])) {
        const ranges = await client.offsets(topic).catch((error) => {
          if (isMissingTopic(error)) throw new MillraceError(DEBEZIUM_ERRORS.beginningGone, `${topic} is not there`);
          throw error;
        });
        // A table that was stopped since messages were deleted stays as it is.
        const cut = ranges.find(({ first }) => first > 0n && (topic === transactionTopic || captured.has(topic)));
        if (cut === undefined) continue;
        const detail = `${topic}/${cut.partition} begins at offset ${cut.first}`;
        throw new MillraceError(DEBEZIUM_ERRORS.beginningGone, detail);
      }
    } finally {
      await client.close();
    }
  }

  if (options.metrics !== undefined) watchCapture(options.metrics, progress);
  return {
    run: (signal) => runEpochs({ capture: readTopics, onEnd, rest, logger, signal }),
    progress,
    async pause(table) {
      const { remedy: _, ...paused } = INGEST_ERRORS.tablePaused;
      const { remedy } = DEBEZIUM_ERRORS.tableResyncImpossible;
      await known(table).stop(table, new MillraceError({ ...paused, remedy }, table), 'paused');
    },
    resume: refuse,
    resync: refuse,
    quarantine: async (table, reason) => known(table).stop(table, reason),
    async resyncSource() {
      if (memory === null || tables === null) throw new MillraceError(INGEST_ERRORS.notRunning, source.name);
      await assertWhole(tables, memory);
      const [asked, remembered] = [restart, memory];
      await remembered.requestAnew();
      asked.abort();
    },
  };
}
