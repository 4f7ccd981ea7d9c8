import { type ExportRecord, isFinished } from './export-record.ts';
import type { ExportLimits } from './limits.ts';

export type Admission =
  | {
      readonly admitted: true /** Ids of those that make room: they have no file. */;
      readonly forgotten: readonly string[];
    }
  | { readonly admitted: false; readonly because: 'caller' | 'queue' | 'room' };

/**
 * Whether one more export is taken. Room is made by what has no file, never by somebody's file: that it is there for so long was
 * promised.
 */
export function admit(asked: {
  owner: string;
  records: Iterable<Pick<ExportRecord, 'id' | 'owner' | 'status' | 'createdAtMs'>>;
  /** Of all files, half-written ones included. */
  keptBytes: number;
  limits: ExportLimits;
}): Admission {
  const { owner, keptBytes, limits } = asked;
  const records = [...asked.records];
  const own = records.filter((record) => record.owner === owner);
  const surplus = own.length - limits.maxPerCaller + 1;
  const forgotten = own
    .filter((record) => isFinished(record) && record.status !== 'done')
    .sort((one, other) => one.createdAtMs - other.createdAtMs)
    .slice(0, Math.max(0, surplus))
    .map(({ id }) => id);
  if (forgotten.length < surplus) return { admitted: false, because: 'caller' };
  const underWay = records.filter((record) => !isFinished(record)).length;
  if (underWay >= limits.maxRunning + limits.maxQueued) return { admitted: false, because: 'queue' };
  if (keptBytes >= limits.maxTotalBytes) return { admitted: false, because: 'room' };
  return { admitted: true, forgotten };
}
