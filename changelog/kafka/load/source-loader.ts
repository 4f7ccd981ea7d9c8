import { setImmediate } from 'node:timers/promises';
import type { Logger } from '../../../runtime/logger.ts';
import type { OnTableFailure } from '../../change-log.ts';
import { createOpenBatch } from '../../open-batch.ts';
import type { RoundBatch, Rounds } from '../../rounds.ts';
import { TableFailure } from '../../table-failure.ts';
import { versionFloor } from '../../version.ts';
import { createWaker } from '../../waker.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import type { CompactTopic } from '../compact-topic.ts';
import { isGone } from '../gone.ts';
import { EXCHANGE, type Mark, readMark } from '../mark.ts';
import type { LogBatch } from '../records/log-batch.ts';
import { LogMessage } from '../records/log-message.ts';
import { applyChange } from './apply-change.ts';
import { fateOf } from './gone-messages.ts';
import { createGoneTopics } from './gone-topics.ts';
import { createLoadedRelations, type LoadedRelation } from './loaded-relations.ts';
import type { LoaderTables, LoaderWarehouse, StoredProgress } from './loader-warehouse.ts';
import type { SourceMarks } from './mark-follower.ts';
import { createProgressWriter } from './progress-writer.ts';
import type { RejectedMessages } from './rejected-messages.ts';
import { RowMessage } from './row-message.ts';
import { createSnapshotRows } from './snapshot-rows.ts';
import { watchStandstill } from './standstill.ts';
import { createTopicReader, isUnreadable } from './topic-reader.ts';
import { TopicUnit } from './topic-unit.ts';

/** Loads the topics of one source that this process has. */
export interface SourceLoader {
  /** More topics, in this generation of the group. */
  assign(topics: readonly string[], generation: number): void;
  /** Resolves when nothing more is done for these topics, and what was done is written down. */
  release(topics: readonly string[]): Promise<void>;
  /** Until the signal aborts. Rejects with what the warehouse, or the log, fails with for good. */
  run(): Promise<void>;
  units(): Iterable<TopicUnit>;
}

const MAX_BATCH_BYTES = 8 << 20;
/** Of messages that are put into a batch without letting anything else have its turn. */
const PAUSE_BYTES = 256 << 10;
/** With more to load than this, a source goes on by itself: what it brings is late in any case. */
const FAR_BEHIND_ROWS = 20_000;
/** Between two looks at a write that is under way; its end is told. */
const WRITING_MS = 1_000;

/**
 * Each table's changes go to the destination in the order of their versions. What was loaded is written down after the
 * destination has it; what is loaded twice is told by its version.
 */
export function createSourceLoader(options: {
  source: string;
  /** Waits for brokers by itself. */
  client: KafkaClient;
  tables: LoaderTables;
  warehouse: Pick<LoaderWarehouse, 'readProgress' | 'writeProgress'>;
  marks: SourceMarks;
  relations: CompactTopic;
  watermarks: CompactTopic;
  rejected: RejectedMessages;
  /** Name of this loader, for whoever looks at who has what. */
  loader: string;
  /** False while its topics may be another loader's. */
  isCurrent: () => boolean;
  onTableFailure: OnTableFailure;
  /** Null when nobody follows what is loaded. */
  rounds: Rounds | null;
  /** Told of what is durable, and of what was then written down. */
  onLoaded: (progress: readonly StoredProgress[]) => void;
  onProgress: (progress: readonly StoredProgress[]) => void;
  logger: Logger;
  signal: AbortSignal;
}): SourceLoader {
  const { source, client, tables, warehouse, marks, rejected, rounds, logger, signal } = options;
  const { destination } = tables;
  const units = new Map<string, TopicUnit>();
  const requests: (() => Promise<void>)[] = [];
  const waker = createWaker();
  const standstill = watchStandstill(logger);
  const relations = createLoadedRelations({
    source,
    topic: options.relations,
    destination,
    async isExchanged(table, build) {
      const isIts = ({ exchange }: Mark) => exchange?.table === table && exchange.build.id === build;
      if (marks.exchanges().some(isIts)) return true;
      const last = (await options.watermarks.load()).get(`${source}${EXCHANGE}${table}`);
      return last !== undefined && readMark(table, last, 0n).exchange?.build.id === build;
    },
    onTableFailure,
  });
  const snapshots = createSnapshotRows(destination);
  const gone = createGoneTopics({ client, units: () => units.values(), relations, onTableFailure, signal });
  const reader = createTopicReader({ client, relations, snapshots, rejected, onAnswer: gone.onAnswer });
  const batch = createOpenBatch(destination);
  const change = new RowMessage();
  /** Exchanges that were read of and not noted yet. */
  const announced: Mark[] = [];
  /** What is loaded up to. */
  let current: Mark | null = null;
  /** Rows of a snapshot were read again: how far their topics are is another thing now. */
  let owesProgress = false;
  let savedState = '';
  let round: RoundBatch | null = null;
  const { write, written, mayWrite, ...writer } = createProgressWriter({
    ...options,
    batch,
    snapshots,
    destination,
    units,
    async meanwhile() {
      if (marks.newest() === current) return false;
      await lookAhead();
      return true;
    },
    gathered: async () => round?.gathered(performance.now()),
    onTableFailure,
    waker,
    standstill,
  });

  /** Its replica stays behind the others: readers must not take them for one state of the source. */
  async function onTableFailure(...[relation, failure]: Parameters<OnTableFailure>): Promise<void> {
    // Whoever was frozen, and has lost the table since, meets what another has made of it.
    await mayWrite();
    const table = `${relation.schema}.${relation.table}`;
    for (const unit of units.values()) if (unit.table === table) unit.isFailed = true;
    await options.onTableFailure(relation, failure);
  }

  async function open(topics: readonly string[], generation: number): Promise<void> {
    const former = await warehouse.readProgress(source);
    for (const topic of topics) {
      const ranges = await gone.rangesOf(topic);
      const firstOffsets = (ranges ?? []).map(({ first }) => first);
      const stored = former.find((each) => each.topic === topic) ?? null;
      const { loader } = options;
      const unit = new TopicUnit({ source, topic, former: stored, firstOffsets, generation, loader });
      // This loader may have had it before, and others since: truncated, built anew, in another shape.
      relations.forget(topic);
      if (unit.table !== '') await tables.forget(unit.table);
      unit.floor = builtOf(unit).floor;
      units.set(topic, unit);
      await gone.meet(unit, fateOf(stored?.offsets ?? [], ranges), ranges);
    }
    for (const mark of marks.exchanges()) await noteExchange(mark);
    await rewind();
    current = null; // The newest mark is another one for those that are new.
  }

  async function noteExchange(mark: Mark): Promise<void> {
    const record = await relations.record(mark.exchange?.relation ?? '');
    if (record !== null) units.get(record.topic)?.noteExchange(mark);
  }

  /** Where the build begins that the replica is of: what came before may have been passed over when it was removed. */
  function builtOf(unit: TopicUnit): { floor: bigint; relation: string } {
    const isOf = ({ exchange, offset }: Mark) => exchange?.table === unit.table && offset <= unit.exchanged;
    const built = marks.exchanges().findLast(isOf);
    if (built?.exchange == null) return { floor: 0n, relation: '' };
    const { fromLsn, relation } = built.exchange;
    return { floor: versionFloor(built.watermark.epoch, fromLsn), relation };
  }

  /** Carries out what was asked for. */
  async function rewind(): Promise<void> {
    for (const asked of marks.rewinds()) {
      const unit = units.get(asked.topic);
      if (unit === undefined || asked.offset <= unit.rewound) continue;
      await write(true);
      await written();
      unit.rewind(asked, builtOf(unit));
      relations.forget(unit.topic);
      current = null;
      await write(true);
      logger.info({ topic: unit.topic, offsets: asked.offsets.map(String) }, 'loaded: begins again');
    }
  }

  /** False when some of them are not there: their tables have failed then. */
  async function readSnapshots(of: readonly TopicUnit[], mark: Mark): Promise<boolean> {
    try {
      await standstill.during('rows of snapshots from the brokers', () => reader.readSnapshots(of, mark));
      return true;
    } catch (error) {
      if (!isGone(error)) throw error;
      await gone.look();
      return false;
    }
  }

  /** Snapshot rows up to the newest watermark, and its state: a change may need a value of a row that is copied later. */
  async function lookAhead(): Promise<void> {
    // Those that stand before the newest watermark are noted before it is loaded up to.
    for (let mark = announced.shift(); mark !== undefined; mark = announced.shift()) await noteExchange(mark);
    const newest = marks.newest();
    if (newest === null || newest === current) return;
    owesProgress ||= [...units.values()].some((unit) => unit.isReadAgain());
    const isRead = await readSnapshots(
      [...units.values()].filter(({ isGone }) => !isGone),
      newest,
    );
    if (!isRead) return;
    const { state, epoch } = newest.watermark;
    const text = JSON.stringify([epoch, state], (_key, value) => (typeof value === 'bigint' ? String(value) : value));
    if (state !== null && text !== savedState) await destination.saveState({ ...state, epoch, snapshot: null });
    savedState = text;
    current = newest;
  }

  /** The stream has come to rows of this relation, or to where its table is to have this shape. */
  async function begin(unit: TopicUnit, relationId: string): Promise<LoadedRelation | null> {
    if (relationId === unit.relationId) return relations.get(relationId, unit);
    const record = await relations.record(relationId);
    // A build takes the table over: what comes before it has to be where it belongs.
    if (record !== null && record.build !== null) {
      await write(false);
      await written();
    }
    const isParked = unit.begin(relationId);
    const of = await standstill.during(`shape of ${unit.topic}`, () => relations.again(relationId, unit));
    const newest = marks.newest();
    if (isParked && newest !== null) await readSnapshots([unit], newest);
    return of;
  }

  /** Puts the unit's changes that are complete into the batch. */
  async function apply(unit: TopicUnit): Promise<void> {
    const { cursor } = unit;
    let of: LoadedRelation | null = null;
    let passedBytes = 0;
    while (cursor.take()) {
      change.readAgain(cursor.batch as LogBatch, cursor.index); // There is one when it was taken.
      if (of === null || !change.isOf(of.idBytes)) {
        const { relationId } = change;
        const isSame = relationId === unit.relationId;
        of = (isSame ? relations.ready(relationId) : undefined) ?? (await begin(unit, relationId));
      }
      applyOne(unit, of);
      passedBytes += change.valueEnd - change.valueStart;
      if (passedBytes < PAUSE_BYTES) continue;
      passedBytes = 0;
      if (batch.bytes() >= MAX_BATCH_BYTES) await write(false);
      else await setImmediate(); // For what comes from the brokers and from the warehouse.
      of = null; // It may be another one by now.
    }
  }

  function applyOne(unit: TopicUnit, of: LoadedRelation | null): void {
    try {
      if (of === null) throw new RangeError(`relation ${change.relationId} is not on record`);
      unit.table = of.table;
      if (of.isFailed) return;
      applyChange(batch, change, of);
      unit.rows++;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      const { partition, batch: of, index } = unit.cursor;
      if (of !== null) rejected.add(unit, partition, new LogMessage(of, index), error);
    }
  }

  async function exchange(unit: TopicUnit): Promise<void> {
    const mark = unit.exchange;
    if (mark === null || mark.exchange === null) return;
    await written();
    const of = await begin(unit, mark.exchange.relation);
    if (of !== null) {
      // Brokers that were not there for a moment have left something out: it is tried again.
      if (!(await readSnapshots([unit], mark)) || unit.snapshotsToRead(mark).length > 0) return;
      await mayWrite();
      // The models have come no further: they wait for this topic.
      await destination.write({ steps: [], position: mark.watermark.position }, onTableFailure);
      try {
        const { build, fromLsn } = mark.exchange;
        await standstill.during(`exchange of ${of.table}`, () => destination.exchange(of.relation, build, fromLsn));
        unit.isFailed = false;
        logger.info({ table: of.table, build: mark.exchange.build.id }, 'loaded: a table took its replica’s place');
      } catch (error) {
        if (!(error instanceof TableFailure)) throw error;
        await onTableFailure(of.relation, error);
      }
    }
    unit.endExchange(mark);
    unit.table = mark.exchange.table;
    unit.floor = builtOf(unit).floor;
    await write(true);
  }

  /** A table that has no row of its shape, or none at all, has a replica nevertheless. */
  async function takeShape(unit: TopicUnit, mark: Mark): Promise<void> {
    const due = unit.shapeDue(mark);
    if (due !== null) {
      // One that capture has followed may have been named by no watermark, or by one that another came behind at once.
      const shapes = await relations.shapesOf(unit.topic);
      const isShape = (await relations.record(due.relation))?.build === null;
      for (const id of isShape ? shapes : []) if (id !== due.relation) await relations.again(id, unit);
      const of = await begin(unit, due.relation);
      if (of === null) logger.warn({ topic: unit.topic, relation: due.relation }, 'a shape is not on record');
      unit.shaped = due.number;
    }
    const build = unit.parkedBuild(mark);
    if (build !== null) await begin(unit, build);
    if (unit.exchange === null) unit.dropParked(mark);
  }

  /** One part of the way to the mark: as much as is held at once. */
  async function step(due: readonly TopicUnit[], mark: Mark): Promise<void> {
    const behind = due.filter((unit) => unit.snapshotsToRead(mark).length > 0);
    if (behind.length > 0 && !(await readSnapshots(behind, mark))) return;
    try {
      await standstill.during('changes from the brokers', () => reader.readOn(due, mark));
    } catch (error) {
      if (!isGone(error)) throw error;
      await gone.look();
      return;
    }
    if (gone.isOverdue()) await gone.look();
    for (const unit of due) unit.cursor.release(unit.target(mark));
    // On its way while what is here is put into the batch.
    reader.prefetch(due, mark);
    for (const unit of due) await apply(unit);
    const reached = due.filter((unit) => unit.cursor.hasReached(unit.target(mark)));
    for (const unit of reached) await takeShape(unit, mark);
    const isLarge = Math.max(batch.bytes(), rejected.bytes()) >= MAX_BATCH_BYTES;
    if (isLarge || writer.isLate() || reached.length === due.length || reached.some((unit) => unit.exchange !== null)) {
      await write(true);
    }
    for (const unit of reached) await exchange(unit);
  }

  /** For how long the next batch is held back, so that it goes together with those of the other sources. */
  function heldMs(due: readonly TopicUnit[], mark: Mark): number {
    if (rounds === null || !batch.isEmpty()) return 0;
    const behind = due.reduce((sum, unit) => sum + unit.behind(mark), 0);
    if (behind > FAR_BEHIND_ROWS) return 0;
    return writer.isWriting() ? WRITING_MS : rounds.heldMs(performance.now());
  }

  function isIdle(): boolean {
    return requests.length === 0 && announced.length === 0 && marks.newest() === current && !signal.aborted;
  }

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      for (let request = requests.shift(); request !== undefined; request = requests.shift()) {
        await standstill.during('what the group asked for', request);
      }
      if (writer.isOver()) await written();
      if (!writer.isWriting() && batch.isEmpty()) leaveRound();
      await lookAhead();
      if (owesProgress) await write(true);
      owesProgress = false;
      const mark = current;
      const due = mark === null ? [] : [...units.values()].filter((unit) => !unit.isGone && !unit.hasReached(mark));
      const restMs = mark === null || due.length === 0 ? 0 : heldMs(due, mark);
      if (restMs > 0) {
        await waker.sleep(restMs);
      } else if (mark !== null && due.length > 0) {
        round ??= rounds?.begin(performance.now()) ?? null;
        await step(due, mark);
      } else if (isIdle()) await waker.sleep(null);
    }
  }

  function leaveRound(): void {
    round?.end();
    round = null;
  }

  function request(action: () => Promise<void>): void {
    requests.push(action);
    waker.wake();
  }

  return {
    units: () => units.values(),
    assign(topics, generation) {
      request(async () => {
        const fresh = topics.filter((topic) => !units.has(topic));
        if (fresh.length > 0) await open(fresh, generation);
      });
    },
    release: (topics) =>
      new Promise((resolve) => {
        request(async () => {
          await write(true);
          await written();
          for (const topic of topics) units.delete(topic);
          resolve();
        });
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
    async run() {
      const wake = (): void => waker.wake();
      signal.addEventListener('abort', wake, { once: true });
      const unfollow = marks.onMark((mark) => {
        if (mark === null) request(rewind);
        else {
          if (mark.exchange !== null) announced.push(mark);
          wake();
        }
      });
      const stopListening = rounds?.onEnded(wake);
      try {
        await loop();
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        unfollow();
        stopListening?.();
        standstill.end();
        await writer.settled();
        leaveRound();
      }
    },
  };
}
