import type pg from 'pg';
import type { Relation, Tuple } from '../../changelog/change.ts';
import { parseLsn } from '../../changelog/lsn.ts';
import type { SourceChunk, SourceMoment, SourceRows, SourceTable } from '../../changelog/source-rows.ts';
import { TableFailure } from '../../changelog/table-failure.ts';
import type { SourceConfig } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { type ColumnPlan, createColumnRules, HASH, KEEP, MASK } from '../columns/column-plan.ts';
import { createTupleProtector } from '../columns/protect-tuple.ts';
import { INGEST_ERRORS } from '../errors.ts';
import { classifyError } from '../postgres/classify-error.ts';
import type { SessionOptions } from '../postgres/connection/session.ts';
import { openWatchedSession } from '../postgres/connection/watched-session.ts';
import { publicationName, quoteLiteral } from '../postgres/identifiers.ts';
import { type CopySession, openCopySession } from '../postgres/snapshot/copy-session.ts';
import { copyBlocksSql } from '../postgres/snapshot/snapshot-sql.ts';
import { describeTables, type PublishedTable, relationOfTable } from '../postgres/tables/catalog.ts';
import { createTableFilter } from '../postgres/tables/table-filter.ts';
import { type MeasuredTable, measureTables } from '../postgres/tables/table-measure.ts';
import { DEFAULT_TIMING } from '../postgres/timing.ts';
import { readEquality, rowsByKeySql } from './look-sql.ts';
import { createTextTuple } from './tuple-of-texts.ts';

/** 8 MiB of a table of ordinary blocks. */
const BLOCKS_PER_CHUNK = 1024;
/** More than a table can have. */
const EVERY_BLOCK: SourceChunk = [0, 2 ** 32 - 1];

/** What is known of a table beside what others are told. */
interface KnownTable {
  readonly published: PublishedTable;
  readonly plan: ColumnPlan | null;
  readonly own: Relation;
}

/** Values are wanted as the server prints them. */
const AS_TEXT = { getTypeParser: () => (value: string) => value } as unknown as pg.CustomTypesConfig;

/** The rows of a Postgres, over connections of its own that print what capture's do. Changes nothing there. */
export async function openPostgresSourceRows(source: SourceConfig): Promise<SourceRows> {
  const session: SessionOptions = { url: source.url, applicationName: 'millrace_verify' };
  const { watchdogMs: silentMs } = DEFAULT_TIMING;
  // What waits for it says so when it is dead.
  const watched = await openWatchedSession({ session, silentMs, onDead: () => {} });
  const { client, queries: catalog } = watched;
  const publication = publicationName(source.name);
  const rules = createColumnRules(source);
  const protector = createTupleProtector(source.hashKey ?? '');
  const toTuple = createTextTuple();
  const known = new WeakMap<SourceTable, KnownTable>();
  let copying: CopySession | null = null;

  function describe(published: PublishedTable): SourceTable {
    const { schema, table } = published;
    const own = relationOfTable(source.name, published);
    let plan: ColumnPlan | null = null;
    let unreadable: SourceTable['unreadable'] = null;
    try {
      plan = rules.planFor(own);
    } catch (error) {
      if (!(error instanceof TableFailure)) throw error;
      unreadable = { code: error.code, detail: error.message };
    }
    if (!published.isReadable) {
      const { code, cause } = INGEST_ERRORS.tableNotReadable;
      unreadable = { code, detail: cause };
    }
    const relation = plan?.relation ?? own;
    const hasHashedKey = relation.keyColumns.some((i) => (plan?.actions[i] ?? KEEP) !== KEEP);
    const described: SourceTable = {
      schema,
      table,
      relation,
      isAskedByKey: relation.hasRowId !== true && !hasHashedKey,
      protectedColumns: protectedColumns(own, plan),
      unreadable,
    };
    known.set(described, { published, plan, own });
    return described;
  }

  /** With what has to be known to read it now; the table may have gone since. */
  async function measured(table: SourceTable): Promise<MeasuredTable & { readonly known: KnownTable }> {
    const of = known.get(table);
    if (of === undefined) throw new Error('a table of other rows');
    const [found] = await measureTables(catalog, publication, [of.published]);
    if (found === undefined) throw new TableFailure(INGEST_ERRORS.tableLocked, `${table.schema}.${table.table}`);
    return { ...found, known: of };
  }

  async function copyAll(request: Parameters<CopySession['copy']>[0]): Promise<void> {
    copying ??= await openCopySession({ ...session, silentMs });
    try {
      await copying.copy(request);
    } catch (error) {
      // It may be in the middle of a transaction.
      await copying.close();
      copying = null;
      throw error;
    }
  }

  async function one<Row extends pg.QueryResultRow>(sql: string): Promise<Row> {
    const { rows } = await catalog.query<Row>(sql);
    return rows[0] as Row;
  }

  async function currentLsn(): Promise<bigint> {
    const { lsn } = await one<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
    return parseLsn(lsn);
  }

  async function inSnapshot(read: (snapshot: string) => Promise<void>): Promise<SourceMoment> {
    try {
      const beforeLsn = await currentLsn();
      const { xid } = await one<{ xid: string }>('select pg_current_xact_id()::text as xid');
      await catalog.query('begin isolation level repeatable read read only');
      const { lsn, oldest, snapshot } = await one<{ lsn: string; oldest: string; snapshot: string }>(
        `select pg_current_wal_insert_lsn()::text as lsn, pg_snapshot_xmin(pg_current_snapshot())::text as oldest,
          pg_export_snapshot() as snapshot`,
      );
      await read(snapshot);
      return { beforeLsn, boundXid: BigInt(xid), oldestXid: BigInt(oldest), afterLsn: parseLsn(lsn) };
    } catch (error) {
      throw error instanceof MillraceError ? error : classifyError(error);
    } finally {
      await catalog.query('rollback').catch(() => {});
    }
  }

  return {
    async tables() {
      const accepts = createTableFilter(source);
      const published = await describeTables(catalog, publication);
      return published.filter(accepts).map(describe);
    },
    async chunks(table) {
      const { blocks } = await measured(table);
      const chunks: SourceChunk[] = [];
      for (let from = 0; from < blocks; from += BLOCKS_PER_CHUNK) chunks.push([from, from + BLOCKS_PER_CHUNK]);
      // The last one has what was added meanwhile.
      const last = chunks.pop() ?? EVERY_BLOCK;
      return [...chunks, [last[0], EVERY_BLOCK[1]]];
    },
    async copy(table, chunk, sink) {
      const found = await measured(table);
      const { plan, own } = found.known;
      await copyAll({
        sql: copyBlocksSql(found, chunk),
        columns: own.columns.length,
        line: null,
        row: (tuple) => sink.row(plan?.changesRows === true ? protector.row(plan, tuple) : tuple),
        room: () => sink.room(),
      });
    },
    async look(table, keys, sink) {
      const found = await measured(table);
      const { plan, own } = found.known;
      const equality = keys === null ? null : await readEquality(catalog, own);
      const give = (tuple: Tuple): void => sink.row(plan?.changesRows === true ? protector.row(plan, tuple) : tuple);
      return inSnapshot(async (snapshot) => {
        if (keys === null || equality === null) {
          await copyAll({
            sql: `begin isolation level repeatable read read only; set transaction snapshot ${quoteLiteral(snapshot)};
              ${copyBlocksSql(found, EVERY_BLOCK)}; commit`,
            columns: own.columns.length,
            line: null,
            row: give,
            room: () => sink.room(),
          });
          return;
        }
        const { rows } = await catalog.inTurn(() =>
          client.query<(string | null)[]>({
            text: rowsByKeySql(found, own, equality),
            values: own.keyColumns.map((_column, n) => keys.map((key) => key[n])),
            rowMode: 'array',
            types: AS_TEXT,
          }),
        );
        for (const row of rows) {
          give(toTuple(row));
          await sink.room();
        }
      });
    },
    moment: () => inSnapshot(async () => {}),
    endLsn: currentLsn,
    async close() {
      await copying?.close();
      await watched.close();
    },
  };
}

function protectedColumns(own: Relation, plan: ColumnPlan | null): SourceTable['protectedColumns'] {
  if (plan === null) return [];
  return own.columns.flatMap(({ name }, i) => {
    const at = plan.from.indexOf(i);
    if (at < 0) return { column: name, as: 'left out' as const };
    const action = plan.actions[at];
    if (action === MASK) return { column: name, as: 'masked' as const };
    return action === HASH ? { column: name, as: 'hashed' as const } : [];
  });
}
