import { aborted } from '../../../runtime/abortable.ts';
import { failpoint } from '../../../runtime/failpoint.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { Relation } from '../../change.ts';
import type { OnTableFailure, TableBuild } from '../../change-log.ts';
import type { SourceDestination } from '../../destination.ts';
import { parseLsn } from '../../lsn.ts';
import { createOpenBatch, type OpenBatch } from '../../open-batch.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import { type CompactTopic, readJson } from '../compact-topic.ts';
import { HEADER } from '../publish/record-writer.ts';
import { retryWhilePassing } from '../retry.ts';
import { readWatermark, type Watermark } from '../watermark.ts';
import { createLoadedRelations, type LoadedRelation } from './loaded-relations.ts';
import { createPartitionReader, hasReached, type Offsets } from './partition-reader.ts';
import { createSnapshotPass } from './snapshot-pass.ts';
import { createStreamWindow, type StreamChange } from './stream-window.ts';

/** A watermark, or an exchange that is due when it is reached. */
interface Mark {
  readonly watermark: Watermark;
  readonly exchange: { readonly relation: string; readonly build: TableBuild; readonly fromLsn: bigint } | null;
  /** Of the message in `millrace.watermarks` behind it. */
  readonly nextOffset: bigint;
}

/** What a loader had done when it ended, as JSON. */
interface Loaded {
  readonly mark: string;
  readonly through: string;
  readonly offsets: Readonly<Record<string, readonly string[]>>;
  /** Tables (`schema.table`) whose rows are left out until they are built anew. */
  readonly failed: readonly string[];
}

const MAX_BATCH_BYTES = 8 << 20;
const MAX_MARKS = 1_000;

/**
 * Loads one source out of Kafka into the destination, in the order of versions, whole commits at a time, until the signal
 * aborts. What was loaded is noted under the source's name in `loaded`, after the destination has it; what is loaded twice
 * is told by its version. Rejects with what the destination, or the log, fails with for good.
 */
export async function loadSource(options: {
  source: string;
  client: KafkaClient;
  destination: SourceDestination;
  watermarkTopic: string;
  relations: CompactTopic;
  loaded: CompactTopic;
  onTableFailure: OnTableFailure;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { source, client, destination, watermarkTopic, loaded, logger, signal } = options;
  const retry = <T>(action: () => Promise<T>): Promise<T> => retryWhilePassing(action, { logger, signal });
  const former = ((await loaded.load()).get(source) ?? null) as Loaded | null;
  const from: Offsets = new Map(
    Object.entries(former?.offsets ?? {}).map(([topic, next]) => [topic, next.map(BigInt)]),
  );
  const failedTables = new Set(former?.failed ?? []);
  let held: Watermark | null = null;

  /** Its replica stays behind the others: readers must not take them for one state of the source. */
  const onTableFailure: OnTableFailure = async (relation, failure) => {
    failedTables.add(tableOf(relation));
    if (held !== null) await takeState(held, stateOffset);
    await options.onTableFailure(relation, failure);
  };
  const relations = createLoadedRelations({ source, topic: options.relations, destination, onTableFailure });
  const reading = createPartitionReader({ client: retrying(client, retry), from });
  const snapshotReading = createPartitionReader({ client: retrying(client, retry), from });
  const snapshot = createSnapshotPass({ reader: snapshotReading, relations, destination });
  const window = createStreamWindow();
  const batch = createOpenBatch(destination);
  const marks: Mark[] = [];
  let through = BigInt(former?.through ?? -1);
  let newest: Offsets = new Map();
  let savedState = '';
  let newestMark: Mark | null = null as Mark | null;
  /** Of the mark whose state was taken last; an earlier one of the same epoch is out of date. */
  let stateOffset = -1n;
  let wakeStream = Promise.withResolvers<void>();
  let wakeSnapshot = Promise.withResolvers<void>();
  let wakeReached = Promise.withResolvers<void>();
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  failed.catch(() => {});
  const stopped = aborted(signal);

  async function followMarks(): Promise<void> {
    const [range] = await retry(() => client.offsets(watermarkTopic));
    let offset = former === null ? (range?.first ?? 0n) : BigInt(former.mark);
    while (!signal.aborted) {
      const position = [{ topic: watermarkTopic, partition: 0, offset }];
      const [fetched] = await retry(() => client.fetch(position, { maxBytes: 4 << 20, maxWaitMs: 500 }));
      if (fetched === undefined) continue;
      for (const message of fetched.messages) {
        const key = message.key?.toString() ?? '';
        if (key !== source && !key.startsWith(`${source}/exchange/`)) continue;
        addMark(markOf(readJson(watermarkTopic, message), message.offset + 1n));
      }
      offset = fetched.next;
    }
  }

  function addMark(mark: Mark): void {
    const last = marks.at(-1);
    // Far behind, several are done at once; the first is being done.
    if (marks.length > MAX_MARKS && last?.exchange === null && mark.exchange === null) marks.pop();
    marks.push(mark);
    newest = offsetsOf(mark.watermark);
    newestMark = mark;
    wakeStream.resolve();
    wakeSnapshot.resolve();
  }

  async function runSnapshot(): Promise<void> {
    while (!signal.aborted) {
      if (hasReached(snapshot.reached(), newest)) {
        await Promise.race([wakeSnapshot.promise, stopped]);
        wakeSnapshot = Promise.withResolvers();
      }
      const mark = newestMark;
      await snapshot.reach(newest);
      // A batch may wait for a value of a row that is gone: only the state says that no copy will bring it any more.
      if (mark !== null && destination.state?.epoch === mark.watermark.epoch)
        await takeState(mark.watermark, mark.nextOffset);
      wakeReached.resolve();
      wakeReached = Promise.withResolvers();
    }
  }

  async function runStream(): Promise<void> {
    while (!signal.aborted) {
      const mark = marks[0];
      if (mark === undefined) {
        await Promise.race([wakeStream.promise, stopped]);
        wakeStream = Promise.withResolvers();
        continue;
      }
      await loadUpTo(mark);
      marks.shift();
    }
  }

  async function loadUpTo({ watermark, exchange, nextOffset }: Mark): Promise<void> {
    const until = offsetsOf(watermark);
    for (let messages = await reading.next(until); messages !== null; messages = await reading.next(until)) {
      for (const message of messages) window.add(message);
    }
    while (!hasReached(snapshot.reached(), until)) {
      await Promise.race([wakeReached.promise, stopped]);
      if (signal.aborted) return;
    }
    const changes = window.take(through, watermark.through);
    for (const { relationId } of changes) await relations.get(relationId);
    await takeState(watermark, nextOffset);
    for (const change of changes) {
      apply(batch, change, await relations.get(change.relationId));
      if (batch.bytes() >= MAX_BATCH_BYTES) await destination.write(batch.take(), onTableFailure);
    }
    if (watermark.position !== null) batch.reach(watermark.position);
    if (!batch.isEmpty()) await destination.write(batch.take(), onTableFailure);
    if (watermark.through > through) through = watermark.through;
    if (exchange !== null) {
      const { relation } = await relations.get(exchange.relation);
      await destination.exchange(relation, exchange.build, exchange.fromLsn);
      failedTables.delete(tableOf(relation));
      logger.info({ table: tableOf(relation), build: exchange.build.id }, 'loaded: a table took its replica’s place');
    }
    failpoint('changelog.loaded');
    const offsets = Object.fromEntries([...reading.offsets].map(([topic, next]) => [topic, next.map(String)]));
    await loaded.put(source, {
      mark: nextOffset.toString(),
      through: through.toString(),
      offsets,
      failed: [...failedTables],
    } satisfies Loaded);
  }

  async function takeState(watermark: Watermark, offset: bigint): Promise<void> {
    const { state, epoch } = watermark;
    if (state === null || (offset < stateOffset && destination.state?.epoch === epoch)) return;
    held = watermark;
    stateOffset = offset;
    const behind = [...new Set([...(state.behind ?? []), ...failedTables])].sort();
    const wanted = { epoch, ...state, behind };
    const text = JSON.stringify(wanted, textOfBigints);
    if (text === savedState) return;
    await destination.saveState({ ...wanted, snapshot: null });
    savedState = text;
  }

  const parts = [followMarks(), runSnapshot(), runStream()];
  for (const part of parts) part.catch(fail);
  try {
    await Promise.race([Promise.all(parts), failed]);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function apply(batch: OpenBatch, change: StreamChange, of: LoadedRelation): void {
  if (of.isFailed) return;
  const { message, version } = change;
  const { value, key, headers } = message;
  if (value === null) return;
  const { relation } = of;
  const exceptions = headers[HEADER.exceptions] ?? null;
  const operation = of.row.operation(value);
  if (operation === 't') {
    batch.truncate({ truncated: relation, version: { ...version } });
    return;
  }
  const block = batch.block(relation);
  const oldKey = headers[HEADER.oldKey];
  if (operation === 'd') {
    if (key !== null) block.remove(version, of.oldKey.key(key, exceptions));
  } else if (oldKey !== undefined) {
    const old = of.oldKey.key(oldKey, headers[HEADER.oldExceptions] ?? null);
    block.move(version, old, of.row.after(value, key, exceptions));
  } else {
    block.upsert(version, of.row.after(value, key, exceptions));
  }
}

function tableOf({ schema, table }: Relation): string {
  return `${schema}.${table}`;
}

function offsetsOf({ offsets }: Watermark): Offsets {
  return new Map(Object.entries(offsets).map(([topic, next]) => [topic, [...next]]));
}

interface ExchangeJson {
  readonly exchange?: { readonly relation: string; readonly build: TableBuild; readonly from_lsn: string };
}

function markOf(json: unknown, nextOffset: bigint): Mark {
  const { exchange } = json as ExchangeJson;
  return {
    watermark: readWatermark(json),
    exchange:
      exchange === undefined
        ? null
        : { relation: exchange.relation, build: exchange.build, fromLsn: parseLsn(exchange.from_lsn) },
    nextOffset,
  };
}

function textOfBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** Fetches wait for brokers that are away. */
function retrying(client: KafkaClient, retry: <T>(action: () => Promise<T>) => Promise<T>): KafkaClient {
  return { ...client, fetch: (from, limits) => retry(() => client.fetch(from, limits)) };
}
