import type { Random } from '../../demo/random.ts';
import { FAILPOINTS } from '../../runtime/failpoint.ts';

/** What can go wrong between two transactions of a seed's first connection. */
export const FAULTS = [
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

const TABLES = ['by_key', 'by_full', 'by_index', 'by_time', 'by_nothing', 'parent', 'child', 'a', 'b'] as const;

export type Fault = (typeof FAULTS)[number];

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

/** Which faults out of `kinds` a seed meets, and before which of the transactions [from, to). */
export function planFaults(random: Random, from: number, to: number, kinds: readonly Fault[] = FAULTS): PlannedFault[] {
  if (kinds.length === 0) return [];
  const count = random.between(1, 4);
  return Array.from({ length: count }, () => {
    const fault = kinds[random.between(0, kinds.length - 1)] as Fault;
    const action = fault === 'ingest failed at a failpoint' ? 'fail' : 'kill';
    return {
      before: random.between(from, to - 1),
      fault,
      failpoint: randomFailpoint(random, action),
      table: `public.${random.pick(TABLES)}`,
      ms: random.between(20, 900),
    };
  }).sort((a, b) => a.before - b.before);
}

export function randomFailpoint(random: Random, action: 'kill' | 'fail'): string {
  const place = FAILPOINTS[random.between(0, FAILPOINTS.length - 1)] as string;
  return `${place}=${action}@${random.between(1, 6)}`;
}
