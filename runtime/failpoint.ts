/**
 * Named places at which a test ends the process or makes it fail, to see that nothing is lost. Each lies between two
 * steps of which the first has left something behind (on disk, in the slot) and the second has not happened.
 */
export const FAILPOINTS = [
  'ingest.slot-created',
  'ingest.capture-started',
  'ingest.chunk-copied',
  'ingest.chunks-written-down',
  'ingest.table-copied',
  'ingest.snapshot-copied',
  'ingest.transaction-handed-over',
  'ingest.position-confirmed',
  'changelog.batch-taken',
  'changelog.batch-durable',
  'warehouse.replica-prepared',
  'warehouse.table-written',
  'warehouse.part-filled',
  'warehouse.truncation-noted',
  'warehouse.truncation-written',
  'warehouse.rows-written',
  'warehouse.position-written',
  'warehouse.snapshot-block-written',
  'warehouse.capture-state-written',
] as const;

/** Places that are passed with Kafka as the change log only. */
export const KAFKA_FAILPOINTS = [
  'changelog.published',
  'changelog.watermark-written',
  'changelog.capture-state-written',
] as const;

export type Failpoint = (typeof FAILPOINTS)[number] | (typeof KAFKA_FAILPOINTS)[number];

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
  const place = [...FAILPOINTS, ...KAFKA_FAILPOINTS].find((name) => name === match?.[1]);
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
