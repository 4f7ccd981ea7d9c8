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
  /** Id of the relation that was made ready last, in this process. */
  relationId = '';
  /** Versions below it are not loaded: a build stands for them, or for what removed them. */
  floor = 0n;
  isFailed: boolean;
  /** The topic is not the one any more that it was: nothing is read before a rewind says where to begin. */
  isGone = false;
  rows: number;
  rejected: number;
  shapes: number;
  /** The next exchange that is due, when it was seen. */
  exchange: Mark | null = null;
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
    this.isFailed = former?.isFailed ?? false;
    this.rows = former?.rows ?? 0;
    this.rejected = former?.rejected ?? 0;
    this.shapes = former?.shapes ?? 0;
    this.#term = nextTerm(former?.term ?? 0, options.generation);
    this.#loader = options.loader;
  }

  /**
   * Begins again at a rewind's offsets; nothing of the topic may be on its way. `floor` is where the build begins that the
   * replica is of.
   */
  rewind({ offsets, offset }: Rewind, floor: bigint): void {
    this.cursor = new TableCursor({ offsets, through: floor - 1n });
    this.snapshotNext = [...offsets];
    this.floor = floor;
    this.isGone = false;
    this.rewound = offset;
    this.relationId = '';
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
  }

  /** What the topic is loaded up to: an exchange that is due, else the newest watermark. */
  target(newest: Mark): Target {
    const { watermark } = this.exchange ?? newest;
    return { offsets: watermark.offsets[this.topic] ?? [], through: watermark.through };
  }

  /** The shape that the table has behind the target's rows; null when the replica was made ready for it, or a later one. */
  shapeDue(newest: Mark): TopicShape | null {
    const shape = (this.exchange ?? newest).watermark.shapes[this.topic];
    return shape === undefined || shape.number <= this.shaped ? null : shape;
  }

  /** Nothing is left to be done up to the target. */
  hasReached(newest: Mark): boolean {
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
    const { source, topic, table, exchanged, rewound, shaped, isFailed, rows, rejected, shapes } = this;
    const offsets = this.cursor.taken();
    const { through } = this.cursor;
    const progress: TopicProgress = {
      source,
      topic,
      table,
      through,
      offsets,
      exchanged,
      rewound,
      shaped,
      isFailed,
      rows,
      rejected,
      shapes,
    };
    // A topic of which everything is loaded has reached whatever comes without rows of its own.
    const text = [
      offsets,
      exchanged,
      rewound,
      shaped,
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
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
