import { expect, test } from 'vitest';
import type { CaptureState, SourceLog } from '../../../changelog/change-log.ts';
import { createLogger } from '../../../runtime/logger.ts';
import type { CatalogConnection } from '../connection/catalog-connection.ts';
import { EMPTY_TABLE } from '../snapshot/snapshot-book.ts';
import type { RelationMessage } from '../stream/relation-message.ts';
import { CaptureMemory } from './capture-memory.ts';
import { describeTables } from './catalog.ts';
import { TableLifecycle } from './table-lifecycle.ts';
import { TableRegistry } from './table-registry.ts';

const COLUMN = { name: 'id', type: 23, modifier: -1, number: 1, xmin: '1', missing: false };
const TABLE = {
  oid: 7,
  schema: 'public',
  table: 't',
  membership: 0,
  is_partitioned: false,
  is_readable: true,
  has_toast: false,
  row_filter_mark: null,
  key: ['id'],
  columns: [COLUMN],
  attributes: 1,
  dropped: [],
  storage: '7',
  leaves: [7],
  partitions: null,
};
const TYPE = { asked: 23, oid: 23, modifier: -1, name: 'integer', kind: 'b', element: null, delimiter: ',' };
const MESSAGE: RelationMessage = {
  oid: 7,
  schema: 'public',
  table: 't',
  replicaIdentity: 'd',
  columns: [{ name: 'id', isKey: true, typeOid: 23, typeModifier: -1 }],
};

/** Answers with one table as it always is. */
const catalog = {
  query: async (sql: string) => ({ rows: sql.includes('from pg_publication p') ? [TABLE] : [TYPE] }),
} as unknown as CatalogConnection; // Only `query` is asked for, in these two forms.

async function openRegistry(log: Partial<Pick<SourceLog, 'defineRelation' | 'rebuild'>> = {}) {
  const state: CaptureState | null = null;
  const memory = new CaptureMemory({ state, saveState: async () => {} });
  await memory.start({ systemId: '1', timeline: 1 }, 100n);
  const [table] = await describeTables(catalog, 'p');
  memory.setTable('public.t', { ...EMPTY_TABLE, oid: 7, membership: 0, complete: true, shape: table!.shape });
  const logger = createLogger({ name: 'test', level: 'silent' });
  const lifecycle = new TableLifecycle({ memory, logger });
  const registry = new TableRegistry({
    source: 's',
    publication: 'p',
    schemas: ['public'],
    filter: () => true,
    log: { defineRelation: async () => {}, rebuild: async () => {}, ...log },
    memory,
    lifecycle,
    logger,
  });
  return { memory, lifecycle, registry, table: table! };
}

/** A log that is told of shapes and builds, and takes as long as it is held for. */
function heldLog() {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const told: string[] = [];
  const tell = async (what: string): Promise<void> => {
    told.push(what);
    await held;
    told.push(`${what} done`);
  };
  return { told, release, log: { defineRelation: () => tell('shape'), rebuild: () => tell('build') } };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

// The log goes by what it was told last: rows of a build whose shape came first were taken for those of one given up.
test('a build begins when the shape is known that the log is being told of', async () => {
  const { told, release, log } = heldLog();
  const { memory, lifecycle, registry, table } = await openRegistry(log);
  const streamed = registry.resolve(catalog, MESSAGE, 200n, () => {});
  await turn();
  await lifecycle.resync('public.t');
  const rebuild = memory.tables['public.t']!.rebuild!;
  const relation = registry.relationToBuild(table, rebuild.id);
  const begun = registry.begin('public.t', relation, rebuild);
  await turn();
  release();
  await begun;
  expect(await streamed).not.toBe(relation);
  expect(told).toEqual(['shape', 'shape done', 'build', 'build done']);
  // Chunks with another one would not reach the table beside.
  expect(await registry.relationToCopy(table)).toBe(relation);
});

test('rows that the stream comes to while a build begins are the build’s', async () => {
  const { told, release, log } = heldLog();
  const { memory, lifecycle, registry, table } = await openRegistry(log);
  await lifecycle.resync('public.t');
  const rebuild = memory.tables['public.t']!.rebuild!;
  const relation = registry.relationToBuild(table, rebuild.id);
  const begun = registry.begin('public.t', relation, rebuild);
  await turn();
  const streamed = registry.resolve(catalog, MESSAGE, 200n, () => {});
  await turn();
  release();
  await begun;
  expect(await streamed).toBe(relation);
  expect(told).toEqual(['build', 'build done']);
});

// Rows that had got another key went: what their updates left out was looked for in a replica that did not have them yet.
test('a replica is kept beside a build only where it has been whole', async () => {
  const { memory, lifecycle } = await openRegistry();
  const book = memory.tables['public.t']!;
  const keepsOld = async () => {
    await lifecycle.resync('public.t');
    return memory.tables['public.t']?.rebuild?.keepsOld;
  };
  expect([await keepsOld(), await keepsOld()]).toEqual([true, true]);
  memory.setTable('public.t', { ...book, complete: false });
  expect([await keepsOld(), await keepsOld()]).toEqual([false, false]);
});

test('a change of a row without a key is passed over where the copy has it, else it ends the table', async () => {
  const { memory, lifecycle, registry, table } = await openRegistry();
  const relation = registry.relationToBuild({ ...table, key: [] }, 'b');
  expect(relation).toMatchObject({ hasRowId: true, keyColumns: [1] });
  const phase = () => memory.tables['public.t']?.stop?.kind ?? (memory.tables['public.t']?.rebuild ? 'built' : 'live');
  await lifecycle.resync('public.t');
  const live = memory.tables['public.t']!.rebuild!;
  await registry.changedWithoutKey(relation, 300n);
  // The replica that was to be kept meanwhile does not follow: another build, without it.
  expect(memory.tables['public.t']!.rebuild).toMatchObject({ keepsOld: false, fromLsn: null });
  expect(memory.tables['public.t']!.rebuild!.id).not.toBe(live.id);
  const book = memory.tables['public.t']!;
  memory.setTable('public.t', { ...book, rebuild: { ...book.rebuild!, fromLsn: '0/1000' } });
  await registry.changedWithoutKey(relation, 0xfffn);
  expect(phase()).toBe('built');
  await registry.changedWithoutKey(relation, 0x1000n);
  expect(phase()).toBe('quarantined');
  expect(memory.tables['public.t']?.stop?.code).toBe('INGEST_TABLE_WITHOUT_KEY');
});
