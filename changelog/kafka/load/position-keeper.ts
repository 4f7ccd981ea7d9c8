import { sleep } from '../../../runtime/abortable.ts';
import { failpoint } from '../../../runtime/failpoint.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { Position } from '../../destination.ts';
import type { Rounds } from '../../rounds.ts';
import type { Mark } from '../mark.ts';
import type { SourceTracing } from '../source-tracing.ts';
import type { Laggard, LoaderPositions, LoaderWarehouse, StoredProgress } from './loader-warehouse.ts';
import type { SourceMarks } from './mark-follower.ts';
import { laggardOf } from './reached-mark.ts';

/** Writes down the position of one source: that of the newest watermark which every loader has reached. */
export interface PositionKeeper {
  /** A loader of this process has come on. */
  note(progress: readonly StoredProgress[]): void;
  /** Until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** What the newest watermark waits for; null when it is reached. */
  laggard(): Laggard | null;
}

/** How often other loaders are asked, while there is a watermark that waits for them. */
const POLL_MS = 100;
const TELL_AFTER_MS = 10_000;
/** Watermarks that wait; of more, some are passed over. */
const MAX_MARKS = 1_000;

export function createPositionKeeper(options: {
  source: string;
  marks: SourceMarks;
  warehouse: Pick<LoaderWarehouse, 'readProgress' | 'openPositions'>;
  isTable: (topic: string) => boolean;
  /** Whether all of the source's topics are loaded in this process. */
  isAlone: () => boolean;
  /** False while somebody else may keep the position. */
  isCurrent: () => boolean;
  generation: number;
  /** Null when nobody follows what is loaded. */
  rounds: Rounds | null;
  /** Null: nobody looks at traces. */
  tracing: SourceTracing | null;
  logger: Logger;
}): PositionKeeper {
  const { source, marks, warehouse, isTable, logger } = options;
  const progress = new Map<string, StoredProgress>();
  let waiting: Mark[] = [];
  let savedState = '';
  let saved: Position | null = null;
  let wake = Promise.withResolvers<void>();
  let laggard: Laggard | null = null;
  let laggingSinceMs = performance.now();
  /** Null at first: who kept the position before may have told. */
  let isTold: boolean | null = null;
  /** What was noted belongs to a round until its position is kept, or it turns out to have reached none. */
  let endRound: (() => void) | null = null;

  function note(rows: readonly StoredProgress[]): void {
    for (const row of rows) {
      const known = progress.get(row.topic);
      if (known === undefined || isLater(row, known)) progress.set(row.topic, row);
    }
  }

  function add(mark: Mark | null): void {
    if (mark === null || mark.exchange !== null) return;
    if (waiting.length >= MAX_MARKS) waiting.splice(waiting.length - 2, 1);
    waiting.push(mark);
    wake.resolve();
  }

  /** Those that are reached, the newest last. */
  function takeReached(): readonly Mark[] {
    const exchanges = marks.exchanges();
    const rewinds = marks.rewinds();
    const lagging = (mark: Mark): Laggard | null => laggardOf(mark, { exchanges, rewinds, progress, isTable });
    let reached = waiting.length;
    while (reached > 0 && lagging(waiting[reached - 1] as Mark) !== null) reached--;
    const taken = waiting.slice(0, reached);
    waiting = waiting.slice(reached);
    const before = laggard;
    const first = waiting[0];
    laggard = first === undefined ? null : lagging(first);
    if (reached > 0 || laggard === null || before === null) laggingSinceMs = performance.now();
    return taken;
  }

  async function keep(positions: LoaderPositions, { watermark }: Mark): Promise<void> {
    const { state, epoch, position } = watermark;
    const rows = [...progress.values()];
    if (state !== null) {
      const failed = rows.filter(({ isFailed }) => isFailed).map(({ table }) => table);
      const behind = [...new Set([...(state.behind ?? []), ...failed])].sort();
      const wanted = { ...state, epoch, behind, snapshot: null };
      const text = JSON.stringify(wanted, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
      if (text !== savedState) {
        await positions.saveState(wanted);
        saved = null; // The same position may be consistent now.
      }
      savedState = text;
    }
    if (position === null || (position.lsn === saved?.lsn && position.caughtUpAtMicros === saved.caughtUpAtMicros))
      return;
    saved = position;
    const sum = (of: (row: StoredProgress) => number): number => rows.reduce((total, row) => total + of(row), 0);
    await positions.save(position, { rows: sum((row) => row.rows), shapes: sum((row) => row.shapes) });
    failpoint('changelog.position-kept');
  }

  async function tell(positions: LoaderPositions): Promise<void> {
    const isLate = laggard !== null && performance.now() - laggingSinceMs > TELL_AFTER_MS;
    if (isLate && !isTold) {
      const { topic, partition, loaded, wanted } = laggard as Laggard;
      const numbers = { loaded: loaded.toString(), wanted: wanted.toString() };
      logger.warn({ topic, partition, ...numbers }, 'the position waits for a partition');
      await positions.saveWait(laggard);
    }
    if (!isLate && isTold !== false) {
      if (isTold) logger.info('the position moves on');
      await positions.saveWait(null);
    }
    isTold = isLate;
  }

  /** False when no watermark is reached that was not before. */
  async function keepReached(positions: LoaderPositions): Promise<boolean> {
    const ended = endRound;
    endRound = null;
    try {
      const reached = options.isCurrent() ? takeReached() : [];
      const mark = reached.at(-1);
      await tell(positions);
      if (mark === undefined) return false;
      const span = options.tracing?.loading(reached);
      await keep(positions, mark);
      span?.end();
      return true;
    } finally {
      ended?.();
    }
  }

  return {
    note(rows) {
      note(rows);
      endRound ??= options.rounds?.join() ?? null;
      wake.resolve();
    },
    laggard: () => laggard,
    async run(signal) {
      const positions = await warehouse.openPositions(source, options.generation);
      note(await warehouse.readProgress(source));
      const unfollow = marks.onMark(add);
      const newest = marks.newest();
      if (newest !== null) add(newest);
      const stop = (): void => wake.resolve();
      signal.addEventListener('abort', stop, { once: true });
      try {
        while (!signal.aborted) {
          wake = Promise.withResolvers();
          if (await keepReached(positions)) continue;
          if (waiting.length === 0 && isTold !== true) await wake.promise;
          else {
            const over = new AbortController();
            await Promise.race([wake.promise, sleep(POLL_MS, over.signal)]);
            over.abort();
            if (!options.isAlone()) note(await warehouse.readProgress(source));
          }
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        unfollow();
        endRound?.();
      }
    },
  };
}

function isLater(a: StoredProgress, b: StoredProgress): boolean {
  return a.term > b.term || (a.term === b.term && a.number > b.number);
}
