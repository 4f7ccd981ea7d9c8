import type { ErrorDefinition } from '../../../runtime/errors.ts';
import { INGEST_ERRORS } from '../../errors.ts';
import type { SnapshotProgress, TablePhase, TableProgress } from '../../progress.ts';
import { doneBlocks, type TableBook, type TableCopy } from '../snapshot/snapshot-book.ts';
import type { SnapshotMeter } from '../snapshot/snapshot-meter.ts';
import type { LockedTables } from './locked-tables.ts';

/** One entry for each table that is captured or left out, by name. */
export function tableProgress(options: {
  tables: Readonly<Record<string, TableBook>>;
  excluded: ReadonlyMap<string, ErrorDefinition>;
  /** Their copy waits for somebody's lock. */
  locked: Pick<LockedTables, 'has'>;
  meter: SnapshotMeter;
  nowMs: number;
}): TableProgress[] {
  const { tables, excluded, locked, meter, nowMs } = options;
  const names = [...new Set([...Object.keys(tables), ...excluded.keys()])].sort();
  return names.map((name): TableProgress => {
    const book = tables[name];
    const amount = meter.amount(name) ?? book?.copy;
    const rate = meter.rate(name, nowMs);
    return {
      name,
      ...stateOf(book, excluded.get(name), locked.has(name)),
      snapshotRows: amount?.rows ?? 0,
      snapshotBytes: amount?.bytes ?? 0,
      snapshotRowsPerSecond: rate?.rowsPerSecond ?? null,
      snapshotBytesPerSecond: rate?.bytesPerSecond ?? null,
      snapshotSecondsLeft: rate?.secondsLeft ?? null,
      snapshotDone: book?.complete || book?.rebuild?.copied ? 1 : book?.copy ? doneShare(book.copy) : 0,
    };
  });
}

type State = Pick<TableProgress, 'phase' | 'code' | 'detail' | 'remedy' | 'since'>;

/** What keeps a table from plainly streaming, the strongest reason first. */
function stateOf(book: TableBook | undefined, reason: ErrorDefinition | undefined, isLocked: boolean): State {
  const because = (phase: TablePhase, why: Partial<State> = {}): State => ({
    phase,
    code: null,
    detail: null,
    remedy: null,
    since: null,
    ...why,
  });
  if (reason !== undefined) return because('excluded', { code: reason.code, remedy: reason.remedy });
  if (book === undefined) return because('waiting');
  if (book.stop !== null) {
    const { kind, code, detail, remedy, since } = book.stop;
    return because(kind, { code, detail: detail || null, remedy, since });
  }
  if (book.left) {
    const { code, remedy } = INGEST_ERRORS.tableLeft;
    return because('paused', { code, remedy });
  }
  const { code, remedy } = INGEST_ERRORS.tableLocked;
  const waiting = isLocked || book.rebuild?.isHeld === true ? { code, remedy } : {};
  if (book.rebuild !== null && !book.rebuild.isFirst)
    return because('resyncing', { code: book.rebuild.reason || null, since: book.rebuild.since, ...waiting });
  if (book.complete) return because('streaming');
  return because(book.copy === null && !book.rebuild?.copied ? 'waiting' : 'snapshotting', waiting);
}

/** The tables that are being copied, together; null when there is none. */
export function snapshotProgress(meter: SnapshotMeter, nowMs: number): SnapshotProgress | null {
  const total = meter.total(nowMs);
  if (total === null) return null;
  const { tables, rows, bytes, rowsPerSecond, bytesPerSecond, secondsLeft, blocks } = total;
  const done = blocks === 0 ? 0 : total.doneBlocks / blocks;
  return { tables, rows, bytes, done, rowsPerSecond, bytesPerSecond, secondsLeft, busy: meter.busy };
}

/** Durable blocks of all blocks, 0 to 1. */
export function doneShare(copy: Pick<TableCopy, 'blocks' | 'done'>): number {
  if (copy.blocks === 0) return 1;
  return doneBlocks(copy) / copy.blocks;
}
