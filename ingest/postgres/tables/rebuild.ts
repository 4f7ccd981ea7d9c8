import type { Relation } from '../../../changelog/change.ts';
import type { SourceLog } from '../../../changelog/change-log.ts';
import { formatLsn, parseLsn } from '../../../changelog/lsn.ts';
import { TableFailure } from '../../../changelog/table-failure.ts';
import { sleep } from '../../../runtime/abortable.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { failpoint } from '../../../runtime/failpoint.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { INGEST_ERRORS } from '../../errors.ts';
import { classifyError } from '../classify-error.ts';
import type { CatalogConnection } from '../connection/catalog-connection.ts';
import type { ExactPosition } from '../slot/exact-position.ts';
import { waitForRunningTransactions } from '../snapshot/running-transactions.ts';
import type { TableBook, TableRebuild, TableShape } from '../snapshot/snapshot-book.ts';
import type { CaptureMemory } from './capture-memory.ts';
import { describeTables, type PublishedTable } from './catalog.ts';
import { arePartitionsOther } from './partition-change.ts';
import { qualifiedName } from './table-filter.ts';
import type { TableLifecycle } from './table-lifecycle.ts';
import type { TableRegistry } from './table-registry.ts';

export interface RebuildOptions {
  readonly control: CatalogConnection;
  readonly publication: string;
  readonly log: Pick<SourceLog, 'exchange'>;
  /** Everything before it is durable, by this run or an earlier one. */
  readonly durableLsn: () => bigint;
  readonly memory: CaptureMemory;
  readonly registry: TableRegistry;
  readonly lifecycle: TableLifecycle;
  /** Lets the stream's rows of a table through again, if they have the shape that it is built in. */
  readonly takeIn: (relation: Relation, key: readonly string[]) => Promise<void>;
  /** Rejects with INGEST_TOO_MANY_SLOTS when the source has no room; it waits for transactions that are open. */
  readonly exactPosition: () => Promise<ExactPosition>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

type Building = { name: string; book: TableBook; rebuild: TableRebuild };
/** The table beside takes the stream's rows, in this shape. */
type Begun = Building & { readonly table: PublishedTable };

/**
 * After a start: the log is told of the tables that are being built, before the first row. One whose shape is another
 * one by now begins again.
 */
export async function resumeRebuilds(options: RebuildOptions): Promise<void> {
  const { memory, registry, lifecycle } = options;
  for (const { name, book, rebuild } of building(memory)) {
    if (rebuild.fromLsn === null) continue;
    const table = await describe(options, name, book);
    if (table === null) continue;
    if ((await hasShapeOf(options, book, table)) === false) {
      lifecycle.rebuild(name, { reason: rebuild.reason, keepsOld: false });
      continue;
    }
    const relation = registry.relationToBuild(table, rebuild.id);
    await failing(options, name, () => registry.begin(name, relation, rebuild));
  }
  await memory.saveTables();
}

/**
 * Begins every build that was asked for. The order is what makes it exact: first the catalog is read, then the table
 * beside takes the stream's rows, then the position P is read. So every transaction that committed before P is in the
 * chunks, which are read later; every other one comes by the stream; and no change of shape that the catalog did not
 * have yet lies before P. Rows that come both ways have one key, and the stream's version wins; where there is no key,
 * P comes with the transactions before it, and the chunks take the rows of those only.
 */
export async function beginRebuilds(options: RebuildOptions): Promise<void> {
  const { control, memory, registry, lifecycle } = options;
  const withoutKey: Begun[] = [];
  await memory.saveTables();
  // A transaction that runs may have written rows under the former label: they must lie before the chunks' position.
  if (building(memory).some(isOfAlteredType))
    await waitForRunningTransactions('all', control, options.logger, options.signal);
  if (options.signal.aborted) return;
  for (const asked of building(memory)) {
    const { name, book } = asked;
    if (asked.rebuild.fromLsn !== null || asked.rebuild.isHeld === true) continue;
    const table = await describe(options, name, book);
    if (table === null || memory.tables[name]?.rebuild?.id !== asked.rebuild.id) continue;
    // A beginning that a lost connection cut short may have made a table in a shape that was altered since.
    const rebuild = lifecycle.renameBuild(name, asked.rebuild);
    const relation = registry.relationToBuild(table, rebuild.id);
    if (!(await failing(options, name, () => registry.begin(name, relation, rebuild)))) continue;
    failpoint('ingest.build-begun');
    await options.takeIn(relation, table.key);
    if (relation.hasRowId === true) {
      withoutKey.push({ name, book, rebuild, table });
      continue;
    }
    const { rows } = await control.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
    await settle(options, { name, book, rebuild, table }, { fromLsn: formatLsn(parseLsn(rows[0]!.lsn)) });
  }
  if (withoutKey.length > 0) await settleWithoutKey(options, withoutKey);
  await memory.saveTables();
  failpoint('ingest.builds-written-down');
}

function isOfAlteredType({ rebuild }: Building): boolean {
  return rebuild.fromLsn === null && rebuild.isHeld !== true && rebuild.reason === INGEST_ERRORS.typeAltered.code;
}

async function settleWithoutKey(options: RebuildOptions, begun: readonly Begun[]): Promise<void> {
  const { lifecycle, exactPosition, signal } = options;
  let position: ExactPosition;
  try {
    position = await exactPosition();
  } catch (error) {
    if (signal.aborted) return;
    const failure = classifyError(error);
    if (failure.code !== INGEST_ERRORS.tooManySlots.code) throw failure;
    const refused = new MillraceError(INGEST_ERRORS.tablePositionRefused, failure.message, { cause: failure });
    for (const { name } of begun) await lifecycle.quarantine(name, refused);
    return;
  }
  const { lsn, snapshot } = position;
  for (const each of begun) await settle(options, each, { fromLsn: formatLsn(lsn), snapshot });
}

/** The table's copy can begin at this position, unless the catalog has changed under it. */
async function settle(
  options: RebuildOptions,
  { name, book, rebuild, table }: Begun,
  position: { readonly fromLsn: string; readonly snapshot?: string },
): Promise<void> {
  const { memory, lifecycle, logger } = options;
  const after = await describe(options, name, book);
  const now = memory.tables[name];
  if (now?.rebuild?.id !== rebuild.id) return;
  // Rows may have come in a shape that is neither this one nor older: not begun; it is tried again.
  if (after === null || !isSameShape(after.shape, table.shape)) {
    lifecycle.rebuild(name, rebuild);
    return;
  }
  memory.setTable(name, { ...now, shape: table.shape, rebuild: { ...rebuild, ...position } });
  logger.info({ table: name, fromLsn: position.fromLsn }, 'table is built anew beside its replica');
}

/** With nothing to build it is looked at this much less often. */
const RESTING_POLLS = 5;

/** Exchanges what is copied once the stream is durable up to where the last chunk was read; until the signal aborts. */
export async function finishRebuilds(options: RebuildOptions, pollMs: number): Promise<void> {
  const { control, log, durableLsn, memory, lifecycle, logger, signal } = options;
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
      if (durableLsn() < reachedLsn) continue;
      const table = await describe(options, name, book);
      if (table === null || memory.tables[name]?.rebuild?.id !== rebuild.id) continue;
      const isUnchanged = await hasShapeOf(options, book, table);
      if (isUnchanged === null || memory.tables[name]?.rebuild?.id !== rebuild.id) continue;
      if (!isUnchanged) {
        lifecycle.rebuild(name, { reason: rebuild.reason, keepsOld: false });
        continue;
      }
      const fromLsn = parseLsn(rebuild.fromLsn);
      const relation = options.registry.relationToBuild(table, rebuild.id);
      const exchanged = await failing(options, name, () => log.exchange(relation, rebuild, fromLsn));
      waiting.delete(rebuild.id);
      const now = memory.tables[name];
      if (!exchanged || now?.rebuild?.id !== rebuild.id) continue;
      failpoint('ingest.table-exchanged');
      memory.setTable(name, { ...now, complete: true, rebuild: null });
      await memory.save();
      logger.info({ table: name }, 'table was built anew and took its replica’s place');
    }
    await sleep(building(memory).length === 0 ? pollMs * RESTING_POLLS : pollMs, signal);
  }
}

function building(memory: CaptureMemory): Building[] {
  return Object.entries(memory.tables).flatMap(([name, book]) =>
    book.rebuild === null || book.left ? [] : [{ name, book, rebuild: book.rebuild }],
  );
}

/** Null: a partition is locked, so that it cannot be said now. */
async function hasShapeOf(
  { control }: RebuildOptions,
  { shape }: TableBook,
  table: PublishedTable,
): Promise<boolean | null> {
  if (shape === null || !isSameShape(shape, table.shape)) return false;
  const { partitions: known } = shape;
  const { partitions: now } = table.shape;
  if (known === undefined || now === undefined) return true;
  const isOther = await arePartitionsOther(control, table, known, now);
  return isOther === null ? null : !isOther;
}

/** No column was altered in between, not even to and fro. */
function isSameShape(a: TableShape, b: TableShape): boolean {
  const altered = ({ columns, key, attributes }: TableShape) => JSON.stringify([columns, key, attributes]);
  return altered(a) === altered(b);
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
