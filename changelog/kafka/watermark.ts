import type { CaptureState } from '../change-log.ts';
import type { Position } from '../destination.ts';
import { formatLsn, parseLsn } from '../lsn.ts';

/**
 * What a loader needs to know that it holds a whole prefix of commits: with everything up to `offsets` it has every row up
 * to version `through`, and every commit before `position`.
 */
export interface Watermark {
  readonly source: string;
  readonly epoch: number;
  /** Null before the first whole transaction, and then in the middle of one: nothing is complete yet. */
  readonly position: Position | null;
  /** Version of the last streamed row (UInt128); in the middle of a large transaction it is past the position. */
  readonly through: bigint;
  /** By topic: the offset behind the last message, of each partition. */
  readonly offsets: Readonly<Record<string, readonly bigint[]>>;
  /** By topic: the offset behind the last row of a snapshot, of each partition; topics without any are left out. */
  readonly snapshotOffsets: Readonly<Record<string, readonly bigint[]>>;
  /** By topic: the shape that its table has behind the last row. A table need not have a row for it. */
  readonly shapes: Readonly<Record<string, TopicShape>>;
  /** Of what capture remembers, as far as it concerns loading. */
  readonly state: Omit<CaptureState, 'snapshot' | 'epoch'> | null;
}

export interface TopicShape {
  /** Id of the relation (`millrace.relations`). */
  readonly relation: string;
  /** Goes up with each shape of the topic, also where one comes back. */
  readonly number: number;
}

/** Plain JSON: LSNs in Postgres's form, other large numbers as text. */
export function watermarkJson(watermark: Watermark): unknown {
  const { source, epoch, position, through, offsets, snapshotOffsets, shapes, state } = watermark;
  return {
    source,
    epoch,
    lsn: position === null ? null : formatLsn(position.lsn),
    committed_at_us: position === null ? null : position.committedAtMicros.toString(),
    caught_up_at_us: position === null ? null : position.caughtUpAtMicros.toString(),
    through: through.toString(),
    offsets: mapOffsets(offsets, String),
    snapshot_offsets: mapOffsets(snapshotOffsets, String),
    shapes,
    state: state === null ? null : stateJson(state),
  };
}

interface WatermarkJson {
  source: string;
  epoch: number;
  lsn: string | null;
  committed_at_us: string | null;
  caught_up_at_us: string | null;
  through: string;
  offsets: Record<string, string[]>;
  snapshot_offsets: Record<string, string[]>;
  shapes?: Record<string, TopicShape>;
  state: StateJson | null;
}

/** What `watermarkJson` made. Throws what the parts throw when it is not that. */
export function readWatermark(json: unknown): Watermark {
  const { source, epoch, lsn, committed_at_us, caught_up_at_us, through, state, ...of } = json as WatermarkJson;
  const position =
    lsn === null
      ? null
      : {
          lsn: parseLsn(lsn),
          committedAtMicros: BigInt(committed_at_us ?? 0),
          caughtUpAtMicros: BigInt(caught_up_at_us ?? 0),
        };
  return {
    source,
    epoch,
    position,
    through: BigInt(through),
    offsets: mapOffsets(of.offsets, BigInt),
    snapshotOffsets: mapOffsets(of.snapshot_offsets, BigInt),
    shapes: of.shapes ?? {},
    state: state === null ? null : readState(state),
  };
}

function mapOffsets<From, To>(
  offsets: Readonly<Record<string, readonly From[]>>,
  map: (offset: From) => To,
): Record<string, To[]> {
  return Object.fromEntries(Object.entries(offsets).map(([topic, next]) => [topic, next.map(map)]));
}

interface StateJson {
  snapshot_lsn: string;
  consistent_lsn: string | null;
  copying?: string[];
  behind?: string[];
}

function stateJson({
  snapshotLsn,
  consistentLsn,
  copying,
  behind,
}: Omit<CaptureState, 'snapshot' | 'epoch'>): StateJson {
  return {
    snapshot_lsn: formatLsn(snapshotLsn),
    consistent_lsn: consistentLsn === null ? null : formatLsn(consistentLsn),
    ...(copying === undefined ? {} : { copying: [...copying] }),
    ...(behind === undefined ? {} : { behind: [...behind] }),
  };
}

function readState({
  snapshot_lsn,
  consistent_lsn,
  copying,
  behind,
}: StateJson): Omit<CaptureState, 'snapshot' | 'epoch'> {
  return {
    snapshotLsn: parseLsn(snapshot_lsn),
    consistentLsn: consistent_lsn === null ? null : parseLsn(consistent_lsn),
    ...(copying === undefined ? {} : { copying }),
    ...(behind === undefined ? {} : { behind }),
  };
}

/** What capture remembers, as a message of `millrace.capture-states`. */
export function captureStateJson(state: CaptureState): unknown {
  return { epoch: state.epoch, ...stateJson(state), snapshot: state.snapshot };
}

export function readCaptureState(json: unknown): CaptureState {
  const { epoch, snapshot, ...rest } = json as StateJson & { epoch: number; snapshot: unknown };
  return { epoch, ...readState(rest), snapshot };
}
