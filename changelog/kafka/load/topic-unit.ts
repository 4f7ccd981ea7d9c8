import type { Mark, Rewind } from '../mark.ts';
import type { TopicShape } from '../watermark.ts';
import { nextTerm, type StoredProgress, type TopicProgress } from './loader-warehouse.ts';
import { TableCursor, type Target } from './table-cursor.ts';

/** One topic that a loader has, and how far it has come with it. */
export class TopicUnit {
  readonly source: string;
  readonly topic: string;
  cursor: TableCursor;
  /** By partition, the offset below which snapshot rows were handed over. */
  snapshotNext: bigint[];
  table: string;
  exchanged: bigint;
  rewound: bigint;
  /** Number of the shape that the replica was made ready for. */
  shaped: number;
  /** Id of the relation that the stream has come to: the last that was made ready for it. */
  relationId: string;
  /** Versions below it are not loaded: a build stands for them, or for what removed them. */
  floor = 0n;
  isFailed: boolean;
  /** The topic is not the one any more that it was: nothing is read before a rewind says where to begin. */
  isGone = false;
  rows: number;
  rejected: number;
  shapes: number;
  /** Exchanges that were seen and are not carried out, in their order. */
  readonly #exchanges: Mark[] = [];
  /**
   * By partition, where snapshot rows of builds stand that the stream has not come to: by relation the first offset. To
   * begin a build is to give up the one before, and that may still be to be exchanged.
   */
  readonly #parked = new Map<string, Map<number, bigint>>();
  readonly #term: number;
  readonly #loader: string;
  #number = 0;
  #written = '';

  constructor(options: {
    source: string;
    topic: string;
    former: StoredProgress | null;
    /** Of each partition, what is there at all. */
    firstOffsets: readonly bigint[];
    generation: number;
    loader: string;
  }) {
    const { former, firstOffsets } = options;
    const offsets = firstOffsets.map((first, partition) => max(first, former?.offsets[partition] ?? 0n));
    this.source = options.source;
    this.topic = options.topic;
    this.cursor = new TableCursor({ offsets, through: former?.through ?? -1n });
    this.snapshotNext = [...offsets];
    this.table = former?.table ?? '';
    this.exchanged = former?.exchanged ?? -1n;
    this.rewound = former?.rewound ?? -1n;
    this.shaped = former?.shaped ?? 0;
    this.relationId = former?.relation ?? '';
    this.isFailed = former?.isFailed ?? false;
    this.rows = former?.rows ?? 0;
    this.rejected = former?.rejected ?? 0;
    this.shapes = former?.shapes ?? 0;
    this.#term = nextTerm(former?.term ?? 0, options.generation);
    this.#loader = options.loader;
  }

  /**
   * Begins again at a rewind's offsets, or where it is before them: what was not loaded is not passed over. Nothing of the topic
   * may be on its way. `built` is the build that the replica is of: where it begins, and its relation, whose rows are the
   * replica's wherever they stand.
   */
  rewind({ offsets: asked, offset }: Rewind, { floor, relation }: { floor: bigint; relation: string }): void {
    const handedOver = this.#handedOver();
    const offsets = asked.map((each, partition) => min(each, handedOver[partition] ?? each));
    this.cursor = new TableCursor({ offsets, through: floor - 1n });
    this.snapshotNext = [...offsets];
    this.#parked.clear();
    this.floor = floor;
    this.isGone = false;
    this.rewound = offset;
    this.relationId = relation;
    // What was computed from the replica's changes has to be computed from its rows.
    this.shapes++;
  }

  /** Goes on behind what was deleted. `firsts`: of each partition, what is left. */
  skipTo(firsts: readonly bigint[]): void {
    const { through } = this.cursor;
    const taken = this.cursor.taken();
    this.cursor = new TableCursor({
      offsets: firsts.map((first, partition) => max(first, taken[partition] ?? 0n)),
      through,
    });
    this.snapshotNext = firsts.map((first, partition) => max(first, this.snapshotNext[partition] ?? 0n));
    this.#parked.clear();
  }

  /** The next exchange that is due. */
  get exchange(): Mark | null {
    return this.#exchanges[0] ?? null;
  }

  noteExchange(mark: Mark): void {
    const last = this.#exchanges.at(-1)?.offset ?? this.exchanged;
    if (mark.offset > last) this.#exchanges.push(mark);
  }

  /** The first that was due is carried out. */
  endExchange({ offset }: Mark): void {
    this.#exchanges.shift();
    this.exchanged = offset;
  }

  /** A snapshot row of a build that the stream has not come to. */
  park(relationId: string, partition: number, offset: bigint): void {
    const offsets = this.#parked.get(relationId) ?? new Map<number, bigint>();
    this.#parked.set(relationId, offsets);
    const first = offsets.get(partition);
    if (first === undefined || offset < first) offsets.set(partition, offset);
  }

  /** The stream has come to rows of this relation. True when snapshot rows of it are to be read again. */
  begin(relationId: string): boolean {
    this.relationId = relationId;
    const offsets = this.#parked.get(relationId);
    if (offsets === undefined) return false;
    this.#parked.delete(relationId);
    for (const [partition, offset] of offsets) {
      if (offset < (this.snapshotNext[partition] ?? 0n)) this.snapshotNext[partition] = offset;
    }
    return true;
  }

  /**
   * The build that the table has at the mark, by its relation, when snapshot rows of it were put aside: capture had rows of
   * an older shape on their way when it began the build, and the stream has come back to that shape. Null otherwise.
   */
  parkedBuild(newest: Mark): string | null {
    const shape = this.#shapeAt(newest);
    return shape !== undefined && this.#parked.has(shape.relation) ? shape.relation : null;
  }

  /** Rows of a snapshot are to be read again that the stream has passed. */
  isReadAgain(): boolean {
    return this.snapshotNext.some((offset, partition) => offset < this.cursor.next(partition));
  }

  /** The stream has come to the mark: builds whose rows stand before it were given up for others. */
  dropParked(newest: Mark): void {
    // What was written before the topic began again says nothing of what is in it now.
    if (newest.offset < this.rewound) return;
    const { offsets: ends } = this.target(newest);
    for (const [relationId, offsets] of this.#parked) {
      for (const [partition, offset] of offsets) if (offset < (ends[partition] ?? 0n)) offsets.delete(partition);
      if (offsets.size === 0) this.#parked.delete(relationId);
    }
  }

  /** What the topic is loaded up to: an exchange that is due, else the newest watermark. */
  target(newest: Mark): Target {
    const { watermark } = this.exchange ?? newest;
    return { offsets: watermark.offsets[this.topic] ?? [], through: watermark.through };
  }

  /** The shape that the table has behind the target's rows; null when the replica was made ready for it, or a later one. */
  shapeDue(newest: Mark): TopicShape | null {
    const shape = this.#shapeAt(newest);
    return shape === undefined || shape.number <= this.shaped ? null : shape;
  }

  /** Nothing is left to be done up to the target. */
  hasReached(newest: Mark): boolean {
    if (this.snapshotsToRead(newest).length > 0) return false;
    return this.exchange === null && this.shapeDue(newest) === null && this.cursor.hasReached(this.target(newest));
  }

  /** Messages up to the watermark that were not taken. */
  behind({ watermark }: Mark): number {
    const taken = this.cursor.taken();
    const ends = watermark.offsets[this.topic] ?? [];
    return ends.reduce((sum, end, partition) => sum + Math.max(0, Number(end - (taken[partition] ?? 0n))), 0);
  }

  /** Partitions of which snapshot rows below these offsets were not handed over yet. */
  snapshotsToRead(mark: Mark): { topic: string; partition: number; offset: bigint; until: bigint }[] {
    // Not those of a build that begins behind an exchange that is due.
    const ends = (this.exchange ?? mark).watermark.snapshotOffsets[this.topic] ?? [];
    return ends.flatMap((until, partition) => {
      const offset = this.snapshotNext[partition] ?? 0n;
      return offset < until ? [{ topic: this.topic, partition, offset, until }] : [];
    });
  }

  /** What is to be written down now; null when it was before. Only when all that was taken is durable then. */
  progress(): StoredProgress | null {
    const { source, topic, table, exchanged, rewound, shaped, relationId, isFailed, rows, rejected, shapes } = this;
    const offsets = this.#handedOver();
    const read = this.cursor.reading();
    const { through } = this.cursor;
    const progress: TopicProgress = {
      source,
      topic,
      table,
      through,
      offsets,
      read,
      exchanged,
      rewound,
      shaped,
      relation: relationId,
      isFailed,
      rows,
      rejected,
      shapes,
    };
    // A topic of which everything is loaded has reached whatever comes without rows of its own.
    const text = [
      offsets,
      read,
      exchanged,
      rewound,
      shaped,
      relationId,
      isFailed,
      rows,
      rejected,
      shapes,
      this.cursor.isHolding() ? through : '',
    ].join();
    if (text === this.#written) return null;
    this.#written = text;
    return { ...progress, term: this.#term, number: ++this.#number, loader: this.#loader };
  }

  /** That of the rows up to the target. */
  #shapeAt(newest: Mark): TopicShape | undefined {
    return (this.exchange ?? newest).watermark.shapes[this.topic];
  }

  /** By partition, the offset below which everything was taken, and every row of a snapshot handed over. */
  #handedOver(): bigint[] {
    const offsets = this.cursor.taken();
    const lower = (partition: number, offset: bigint): void => {
      if (offset < (offsets[partition] ?? 0n)) offsets[partition] = offset;
    };
    for (const [partition, offset] of this.snapshotNext.entries()) lower(partition, offset);
    for (const parked of this.#parked.values()) for (const [partition, offset] of parked) lower(partition, offset);
    return offsets;
  }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
