import type { Relation } from '../../../changelog/change.ts';
import type { SourceLog } from '../../../changelog/change-log.ts';
import { formatLsn, parseLsn } from '../../../changelog/lsn.ts';
import { TableFailure } from '../../../changelog/table-failure.ts';
import { sleep } from '../../../runtime/abortable.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { CatalogConnection } from '../connection/catalog-connection.ts';
import type { TableBook, TableRebuild, TableShape } from '../snapshot/snapshot-book.ts';
import type { CaptureMemory } from './capture-memory.ts';
import { describeTables, type PublishedTable } from './catalog.ts';
import { qualifiedName } from './table-filter.ts';
import type { TableLifecycle } from './table-lifecycle.ts';
import type { TableRegistry } from './table-registry.ts';

export interface RebuildOptions {
  readonly control: CatalogConnection;
  readonly publication: string;
  readonly log: Pick<SourceLog, 'rebuild' | 'exchange' | 'durableLsn'>;
  readonly memory: CaptureMemory;
  readonly registry: TableRegistry;
  readonly lifecycle: TableLifecycle;
  /** Lets the stream's rows of a table through again, if they have the shape that it is built in. */
  readonly takeIn: (relation: Relation, key: readonly string[]) => Promise<void>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

type Building = { name: string; book: TableBook; rebuild: TableRebuild };

/**
 * After a start: the log is told of the tables that are being built, before the first row. One whose shape is another
 * one by now begins again.
 */
export async function resumeRebuilds(options: RebuildOptions): Promise<void> {
  const { log, memory, registry, lifecycle } = options;
  for (const { name, book, rebuild } of building(memory)) {
    if (rebuild.fromLsn === null) continue;
    const table = await describe(options, name, book);
    if (table === null) continue;
    if (!hasShapeOf(book, table)) {
      lifecycle.rebuild(name, { reason: rebuild.reason, keepsOld: false });
      continue;
    }
    const relation = registry.relationToBuild(table, rebuild.id);
    if (await failing(options, name, () => log.rebuild(relation, rebuild))) registry.begin(name, rebuild.id, relation);
  }
  await memory.saveTables();
}

/**
 * Begins every build that was asked for. The order is what makes it exact: first the catalog is read, then the table
 * beside takes the stream's rows, then the position P is read. So every transaction that committed before P is in the
 * chunks, which are read later; every other one comes by the stream; and no change of shape that the catalog did not
 * have yet lies before P.
 */
export async function beginRebuilds(options: RebuildOptions): Promise<void> {
  const { control, log, memory, registry, lifecycle, logger } = options;
  await memory.saveTables();
  for (const { name, book, rebuild } of building(memory)) {
    if (rebuild.fromLsn !== null) continue;
    const table = await describe(options, name, book);
    if (table === null) continue;
    const relation = registry.relationToBuild(table, rebuild.id);
    if (!(await failing(options, name, () => log.rebuild(relation, rebuild)))) continue;
    registry.begin(name, rebuild.id, relation);
    await options.takeIn(relation, table.key);
    const { rows } = await control.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
    const after = await describe(options, name, book);
    const now = memory.tables[name];
    if (now?.rebuild?.id !== rebuild.id) continue;
    // Rows may have come in a shape that is neither this one nor older: not begun; it is tried again.
    if (after === null || !isSameShape(after.shape, table.shape)) {
      lifecycle.rebuild(name, rebuild);
      continue;
    }
    const fromLsn = formatLsn(parseLsn(rows[0]!.lsn));
    memory.setTable(name, { ...now, shape: table.shape, rebuild: { ...rebuild, fromLsn } });
    logger.info({ table: name, fromLsn }, 'table is built anew beside its replica');
  }
  await memory.saveTables();
}

/** Exchanges what is copied once the stream is durable up to where the last chunk was read; until the signal aborts. */
export async function finishRebuilds(options: RebuildOptions, pollMs: number): Promise<void> {
  const { control, log, memory, lifecycle, logger, signal } = options;
  const waiting = new Map<string, bigint>();
  while (!signal.aborted) {
    for (const { name, book, rebuild } of building(memory)) {
      if (!rebuild.copied || rebuild.fromLsn === null) continue;
      let reachedLsn = waiting.get(rebuild.id);
      if (reachedLsn === undefined) {
        const { rows } = await control.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
        reachedLsn = parseLsn(rows[0]!.lsn);
        waiting.set(rebuild.id, reachedLsn);
      }
      if (log.durableLsn() < reachedLsn) continue;
      const table = await describe(options, name, book);
      if (table === null || memory.tables[name]?.rebuild?.id !== rebuild.id) continue;
      if (!hasShapeOf(book, table)) {
        lifecycle.rebuild(name, { reason: rebuild.reason, keepsOld: false });
        continue;
      }
      const fromLsn = parseLsn(rebuild.fromLsn);
      const relation = options.registry.relationToBuild(table, rebuild.id);
      const exchanged = await failing(options, name, () => log.exchange(relation, rebuild, fromLsn));
      waiting.delete(rebuild.id);
      const now = memory.tables[name];
      if (!exchanged || now?.rebuild?.id !== rebuild.id) continue;
      memory.setTable(name, { ...now, complete: true, rebuild: null });
      await memory.save();
      logger.info({ table: name }, 'table was built anew and took its replica’s place');
    }
    await sleep(pollMs, signal);
  }
}

function building(memory: CaptureMemory): Building[] {
  return Object.entries(memory.tables).flatMap(([name, book]) =>
    book.rebuild === null || book.left ? [] : [{ name, book, rebuild: book.rebuild }],
  );
}

function hasShapeOf(book: TableBook, table: PublishedTable): boolean {
  return book.shape !== null && isSameShape(book.shape, table.shape);
}

/** Nothing was altered in between, not even to and fro. */
function isSameShape(a: TableShape, b: TableShape): boolean {
  const { storage: _a, ...one } = a;
  const { storage: _b, ...other } = b;
  return JSON.stringify(one) === JSON.stringify(other);
}

async function describe(options: RebuildOptions, name: string, book: TableBook): Promise<PublishedTable | null> {
  const { control, publication, registry } = options;
  if (registry.excluded.has(name)) return null;
  const [table] = await describeTables(control, publication, book.oid);
  return table !== undefined && qualifiedName(table) === name ? table : null;
}

/** False when the table failed: it is quarantined then. */
async function failing(options: RebuildOptions, name: string, action: () => Promise<void>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    if (!(error instanceof TableFailure)) throw error;
    // Another build would fail alike.
    await options.lifecycle.quarantine(name, error);
    return false;
  }
}
