import type { Logger } from '../../../runtime/logger.ts';
import type { OnTableFailure } from '../../change-log.ts';
import { createOpenBatch } from '../../open-batch.ts';
import type { RoundBatch, Rounds } from '../../rounds.ts';
import { createWaker } from '../../waker.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import type { CompactTopic } from '../compact-topic.ts';
import { isGone } from '../gone.ts';
import { EXCHANGE, type Mark, readMark } from '../mark.ts';
import { createUnitApplier, MAX_BATCH_BYTES } from './apply-unit.ts';
import { fateOf } from './gone-messages.ts';
import { createGoneTopics } from './gone-topics.ts';
import { createLoadedRelations } from './loaded-relations.ts';
import type { LoaderTables, LoaderWarehouse, StoredProgress } from './loader-warehouse.ts';
import type { SourceMarks } from './mark-follower.ts';
import { createProgressWriter } from './progress-writer.ts';
import type { RejectedMessages } from './rejected-messages.ts';
import { createSnapshotRows } from './snapshot-rows.ts';
import { watchStandstill } from './standstill.ts';
import { createTopicReader } from './topic-reader.ts';
import { TopicUnit } from './topic-unit.ts';
import { createUnitShapes } from './unit-shapes.ts';

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
  const snapshots = createSnapshotRows({ destination, mayWrite: () => mayWrite(), onTableFailure });
  const gone = createGoneTopics({ client, units: () => units.values(), relations, onTableFailure, signal });
  const reader = createTopicReader({ client, relations, snapshots, rejected, onAnswer: gone.onAnswer });
  const batch = createOpenBatch(destination);
  /** Exchanges that were read of and not noted yet. */
  const announced: Mark[] = [];
  /** What is loaded up to. */
  let current: Mark | null = null;
  /** Rows of a snapshot were read again: how far their topics are is another thing now. */
  let owesProgress = false;
  let savedState = '';
  let round: RoundBatch | null = null;
  const writer = createProgressWriter({
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
  const { write, written, mayWrite } = writer;
  const shapes = createUnitShapes({
    marks,
    relations,
    destination,
    writer,
    standstill,
    readSnapshots,
    onTableFailure,
    logger,
  });
  const apply = createUnitApplier({ batch, relations, rejected, shapes, write });

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
      const stored = former.find((each) => each.topic === topic) ?? null;
      // One that is gone may be waited for by nobody: how far it was loaded holds.
      const firstOffsets = ranges?.map(({ first }) => first) ?? stored?.offsets ?? [];
      const { loader } = options;
      const unit = new TopicUnit({ source, topic, former: stored, firstOffsets, generation, loader });
      // This loader may have had it before, and others since: truncated, built anew, in another shape.
      relations.forget(topic);
      if (unit.table !== '') await tables.forget(unit.table);
      unit.floor = shapes.builtOf(unit).floor;
      units.set(topic, unit);
      // Whoever had it may have ended before it told the brokers.
      if (stored !== null) options.onProgress([stored]);
      const newest = marks.newest();
      // Of a table that was dropped, say: nothing of it is missing.
      if (ranges === null && stored !== null && newest !== null && unit.hasReached(newest)) unit.isGone = true;
      else await gone.meet(unit, fateOf(stored?.offsets ?? [], ranges), ranges);
    }
    for (const mark of marks.exchanges()) await noteExchange(mark);
    await rewind();
    current = null; // The newest mark is another one for those that are new.
  }

  async function noteExchange(mark: Mark): Promise<void> {
    const record = await relations.record(mark.exchange?.relation ?? '');
    if (record !== null) units.get(record.topic)?.noteExchange(mark);
  }

  /** Carries out what was asked for. */
  async function rewind(): Promise<void> {
    for (const asked of marks.rewinds()) {
      const unit = units.get(asked.topic);
      if (unit === undefined || asked.offset <= unit.rewound) continue;
      await write(true);
      await written();
      unit.rewind(asked, shapes.builtOf(unit));
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
    // While something is waited for, another exchange may be noted: the rows before that one are still to be applied.
    const exchanging = reached.filter((unit) => unit.exchange !== null);
    for (const unit of reached) {
      if (unit.exchange === null || exchanging.includes(unit)) await shapes.takeShape(unit, mark);
    }
    const isLarge = Math.max(batch.bytes(), rejected.bytes()) >= MAX_BATCH_BYTES;
    if (isLarge || writer.isLate() || reached.length === due.length || exchanging.length > 0) await write(true);
    for (const unit of exchanging) await shapes.exchange(unit);
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
