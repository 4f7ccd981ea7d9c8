import type { ChangeLog, SourceLog } from '../../changelog/change-log.ts';

/** Faults that are built in on purpose, to see that the workload finds them. */
export type Flaw = 'confirms-early' | 'forgets-truncates' | 'loses-old-keys';

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
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set: (target, property, value) => Reflect.set(target, property, value, target),
  });
}
