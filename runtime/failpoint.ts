/**
 * Named places at which a test ends the process or makes it fail, to see that nothing is lost. Each lies between two
 * steps of which the first has left something behind (on disk, in the slot) and the second has not happened.
 */
export const FAILPOINTS = [
  'ingest.slot-created',
  'ingest.capture-started',
  'warehouse.replica-prepared',
  'warehouse.snapshot-block-written',
  'ingest.chunk-copied',
  'ingest.chunks-written-down',
  'warehouse.capture-state-written',
  'ingest.table-copied',
  'ingest.snapshot-copied',
  'ingest.transaction-handed-over',
  'changelog.batch-taken',
  'warehouse.replica-written',
  'warehouse.changes-written',
  'warehouse.table-written',
  'warehouse.part-filled',
  'warehouse.truncation-noted',
  'warehouse.truncation-written',
  'warehouse.rows-written',
  'warehouse.position-written',
  'changelog.batch-durable',
  'ingest.position-confirmed',
  // A table that is built anew, in the order of one build.
  'warehouse.build-begun',
  'ingest.build-begun',
  'ingest.builds-written-down',
  'warehouse.difference-journaled',
  'warehouse.tables-exchanged',
  'warehouse.replica-recorded',
  'warehouse.rejections-cleared',
  'warehouse.build-finished',
  'ingest.table-exchanged',
  // A table that is paused, and a source that is copied anew.
  'ingest.table-stopped',
  'ingest.resync-written-down',
  'ingest.slot-dropped',
  'ingest.epoch-begun',
] as const;

/** Places that are passed with Kafka as the change log only. */
export const KAFKA_FAILPOINTS = [
  'changelog.shape-recorded',
  'changelog.topic-remembered',
  'changelog.published',
  'changelog.watermark-written',
  'changelog.capture-state-written',
  'changelog.loaded',
  'changelog.progress-written',
  'changelog.position-kept',
] as const;

/** Places that whoever keeps the models up to date passes: in the order of a batch, then what is not of every batch. */
export const MODEL_FAILPOINTS = [
  'models.changes-read',
  'models.rows-kept',
  'models.facts-written',
  'models.cube-written',
  'models.batch-written',
  'models.watermark-published',
  'models.batch-kept',
  // After a crash, or a batch that failed.
  'models.batch-followed',
  'models.batch-given-up',
  // Differences of cubes are summed up.
  'models.fold-written',
  'models.fold-recorded',
  // All models are built anew.
  'models.tables-created',
  'models.sources-read',
  'models.table-built',
  'models.build-viewed',
  'models.build-joined',
  'models.build-published',
] as const;

export type Failpoint =
  | (typeof FAILPOINTS)[number]
  | (typeof KAFKA_FAILPOINTS)[number]
  | (typeof MODEL_FAILPOINTS)[number];

interface Armed {
  readonly place: string;
  readonly action: 'kill' | 'fail';
  /** Passings that are still let through. */
  left: number;
}

let armed: Armed | null = null;

/**
 * Arms one place of this process: `place=kill@3` ends it by SIGKILL at the third passing, `place=fail@1` throws at the
 * first. Undefined or empty: none. Called once, by a process's entry; throws a RangeError for anything else.
 */
export function armFailpoint(text: string | undefined): void {
  armed = null;
  if (text === undefined || text === '') return;
  const match = /^([a-z.-]+)=(kill|fail)@([1-9]\d*)$/.exec(text);
  const place = [...FAILPOINTS, ...KAFKA_FAILPOINTS, ...MODEL_FAILPOINTS].find((name) => name === match?.[1]);
  if (match === null || place === undefined) throw new RangeError(`not a failpoint: ${text}`);
  armed = { place, action: match[2] as Armed['action'], left: Number(match[3]) - 1 };
}

/** Passes a place. Never call it for each row: for what is done for a batch, a chunk, a transaction at most. */
export function failpoint(place: Failpoint): void {
  if (armed !== null && armed.place === place) meet(armed);
}

function meet(point: Armed): void {
  if (point.left-- > 0) return;
  armed = null;
  if (point.action === 'kill') process.kill(process.pid, 'SIGKILL');
  throw new Error(`failpoint ${point.place}`);
}
