import type { Random } from '../../demo/random.ts';
import { FAILPOINTS, type Failpoint, KAFKA_FAILPOINTS } from '../../runtime/failpoint.ts';

/** What can go wrong between two transactions of a seed's first connection. */
const FAULTS = [
  'ingest killed',
  'ingest killed at a failpoint',
  'ingest failed at a failpoint',
  'walsender terminated',
  'connections cut',
  'network stalled',
  'connections half open',
  'warehouse killed',
  'postgres restarted',
  'table built anew',
  'table paused and resumed',
  'source copied anew',
] as const;

/** What else can go wrong with a broker and several loaders between the two. */
const KAFKA_FAULTS = [
  'loader killed',
  'loader killed at a failpoint',
  'loader failed at a failpoint',
  'loader stopped',
  'loader frozen',
  'broker killed',
  'connections to brokers cut',
  'network to brokers stalled',
  'connections to brokers half open',
  'answers of brokers lost',
] as const;

/** What a seed is planned of. */
export interface FaultKinds {
  readonly faults: readonly Fault[];
  readonly failpoints: readonly Failpoint[];
  /** Of one seed. */
  readonly atMost: number;
}

export const DIRECT_KINDS: FaultKinds = { faults: FAULTS, failpoints: FAILPOINTS, atMost: 4 };
export const KAFKA_KINDS: FaultKinds = {
  faults: [...FAULTS, ...KAFKA_FAULTS],
  failpoints: [...FAILPOINTS, ...KAFKA_FAILPOINTS],
  atMost: 6,
};

const TABLES = ['by_key', 'by_full', 'by_index', 'by_time', 'by_nothing', 'parent', 'child', 'a', 'b'] as const;

export type Fault = (typeof FAULTS)[number] | (typeof KAFKA_FAULTS)[number];

export interface PlannedFault {
  /** Before this transaction of the first connection. */
  readonly before: number;
  readonly fault: Fault;
  /** For those at a failpoint. */
  readonly failpoint: string;
  /** For those of a table: `schema.table`. */
  readonly table: string;
  readonly ms: number;
}

/** Which faults a seed meets, and before which of the transactions [from, to). */
export function planFaults(random: Random, from: number, to: number, kinds: FaultKinds): PlannedFault[] {
  const { faults, failpoints, atMost } = kinds;
  if (faults.length === 0) return [];
  const count = random.between(1, atMost);
  return Array.from({ length: count }, () => {
    const fault = faults[random.between(0, faults.length - 1)] as Fault;
    const action = fault.includes('failed at a failpoint') ? 'fail' : 'kill';
    return {
      before: random.between(from, to - 1),
      fault,
      failpoint: randomFailpoint(random, action, failpoints),
      table: `public.${random.pick(TABLES)}`,
      ms: random.between(20, 900),
    };
  }).sort((a, b) => a.before - b.before);
}

export function randomFailpoint(random: Random, action: 'kill' | 'fail', failpoints: readonly Failpoint[]): string {
  const place = failpoints[random.between(0, failpoints.length - 1)] as string;
  return `${place}=${action}@${random.between(1, 6)}`;
}
