import type { ChangeLog, SourceLog } from '../../changelog/change-log.ts';

/** Faults that are built in on purpose, to see that the workload finds them. */
export const FLAWS = [
  'confirms-early',
  'forgets-truncates',
  'loses-old-keys',
  'drops-a-change',
  'misses-a-delete',
  'repeats-a-version',
] as const;

export type Flaw = (typeof FLAWS)[number];

/** One in so many. */
const SELDOM = 40;
/** So many transactions have the version of the first of them. */
const REPEATED = 8;

/** A change log with a fault in it; without one it is the log itself. */
export function withFlaw(log: ChangeLog, flaw: Flaw | undefined): ChangeLog {
  if (flaw === undefined) return log;
  return {
    async openSource(source) {
      return flawed(await log.openSource(source), flaw);
    },
    close: () => log.close(),
  };
}

function flawed(log: SourceLog, flaw: Flaw): SourceLog {
  let handedLsn = 0n;
  let passed = 0;
  let lastLsn = 0n;
  const isIts = (): boolean => ++passed % SELDOM === 0;
  return new Proxy(log, {
    get(target, property) {
      if (flaw === 'confirms-early' && property === 'commit') {
        return (endLsn: bigint) => {
          handedLsn = endLsn;
          target.commit(endLsn);
        };
      }
      if (flaw === 'confirms-early' && property === 'durableLsn') {
        return () => (handedLsn > target.durableLsn() ? handedLsn : target.durableLsn());
      }
      if (flaw === 'forgets-truncates' && property === 'truncate') return () => {};
      if (flaw === 'loses-old-keys' && property === 'update') {
        return ((relation, _oldKey, row) => target.update(relation, null, row)) satisfies SourceLog['update'];
      }
      if (flaw === 'drops-a-change' && property === 'update') {
        return ((relation, oldKey, row) => {
          if (!isIts()) target.update(relation, oldKey, row);
        }) satisfies SourceLog['update'];
      }
      if (flaw === 'misses-a-delete' && property === 'delete') {
        return ((relation, oldKey) => {
          if (!isIts()) target.delete(relation, oldKey);
        }) satisfies SourceLog['delete'];
      }
      if (flaw === 'repeats-a-version' && property === 'begin') {
        return ((commitLsn, commitTimeMicros, ...more) => {
          if (passed++ % REPEATED === 0) lastLsn = commitLsn;
          target.begin(lastLsn, commitTimeMicros, ...more);
        }) satisfies SourceLog['begin'];
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set: (target, property, value) => Reflect.set(target, property, value, target),
  });
}
