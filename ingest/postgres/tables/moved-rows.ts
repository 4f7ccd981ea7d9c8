import { FIELD_TEXT, FIELD_UNCHANGED, type Relation, type Tuple } from '../../../changelog/change.ts';
import { formatLsn, parseLsn } from '../../../changelog/lsn.ts';
import { createTuple, resizeTuple } from '../../../changelog/tuple.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { codeOf } from '../classify-error.ts';
import type { CatalogConnection } from '../connection/catalog-connection.ts';
import { isLocked } from '../connection/lock-wait.ts';
import { quoteIdentifier, quoteLiteral, quoteTable } from '../identifiers.ts';
import type { CopySession } from '../snapshot/copy-session.ts';
import type { TableBook } from '../snapshot/snapshot-book.ts';
import type { CaptureMemory } from './capture-memory.ts';
import { qualifiedName } from './table-filter.ts';

/**
 * Values that an update with another key left out, while the table is being copied. The replica cannot tell them: what a
 * chunk brought under the old key may have been read after the change and be another row's. So they are read from the
 * source, under the new key. That is a later state; what happened to the row in between is still to come by the stream.
 * It may be yet another row's, which has that key by then. So the replica stays uncertain until the stream has passed the
 * position of the last such reading; that position is durable before the row is handed over.
 */
export interface MovedRows {
  /** Whether the replica may have another row under the old key: the copy had not passed this position. */
  isUncertain(relation: Relation, commitLsn: bigint): boolean;
  /** The row with the values that it left out; null when it has gone or changed its key again. Valid until the next call. */
  complete(relation: Relation, row: Tuple, commitLsn: bigint): Promise<Tuple | null>;
  close(): Promise<void>;
}

/** Dropped or renamed since. */
const UNDEFINED_TABLE = '42P01';
const UNDEFINED_COLUMN = '42703';

/** The table as it is now; its columns by name. */
interface TableNow {
  readonly kind: string;
  readonly columns: readonly string[];
}

const TABLE_NOW = `
select relkind as kind, array(
    select attname::text
    from pg_attribute
    where attrelid = pg_class.oid and attnum > 0 and not attisdropped) as columns
from pg_class
where oid = $1`;

export function createMovedRows(options: {
  readonly control: CatalogConnection;
  readonly memory: Pick<CaptureMemory, 'tables' | 'setTable' | 'saveTables'>;
  readonly openCopySession: () => Promise<CopySession>;
  /** The table cannot be opened now, and the others' stream does not wait for it: resolves when it will be copied anew. */
  readonly onLocked: (relation: Relation) => Promise<void>;
}): MovedRows {
  const { control, memory, openCopySession, onLocked } = options;
  const completed = createTuple();
  let session: Promise<CopySession> | null = null;

  /** While the stream lags the position is set ahead by as much again, so that not each row has to save it. */
  async function stayUncertain(relation: Relation, commitLsn: bigint): Promise<void> {
    const { rows } = await control.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
    const readLsn = parseLsn(rows[0]?.lsn ?? '0/0');
    const name = qualifiedName(relation);
    const table = memory.tables[name];
    if (table === undefined || (table.copiedLsn !== null && readLsn <= parseLsn(table.copiedLsn))) return;
    memory.setTable(name, { ...table, copiedLsn: formatLsn(readLsn + (readLsn - commitLsn)) });
    await memory.saveTables();
  }

  return {
    isUncertain(relation, commitLsn) {
      const table = memory.tables[qualifiedName(relation)];
      return table !== undefined && isUncertainIn(table, commitLsn);
    },
    async complete(relation, row, commitLsn) {
      for (;;) {
        const { rows } = await control.query<TableNow>(TABLE_NOW, [relation.oid]);
        const now = rows[0];
        if (now === undefined || !hasKeyOf(now, relation)) return null;
        session ??= openCopySession();
        const copying = await session;
        let found = false;
        try {
          await copying.copy({
            sql: rowSql(relation, row, now),
            columns: relation.columns.length,
            line: null,
            row(read) {
              found = true;
              merge(completed, row, read);
            },
            room: () => null,
          });
        } catch (error) {
          const code = error instanceof MillraceError ? codeOf(error) : null;
          if (code === UNDEFINED_TABLE) return null;
          // Dropped between the two statements: looked at again.
          if (code === UNDEFINED_COLUMN) continue;
          if (isLocked(error)) {
            await onLocked(relation);
            return null;
          }
          throw error;
        }
        await stayUncertain(relation, commitLsn);
        return found ? completed : null;
      }
    },
    async close() {
      await session?.then((opened) => opened.close()).catch(() => {});
    },
  };
}

export function isUncertainIn(table: TableBook, commitLsn: bigint): boolean {
  // A replica that is kept beside a build has every row's values, and the build asks it first.
  if (table.rebuild !== null) return !table.rebuild.keepsOld;
  return !table.complete || (table.copiedLsn !== null && commitLsn < parseLsn(table.copiedLsn));
}

/** Whether an update left out values and changed the key. */
export function hasMoved(relation: Relation, old: Tuple, row: Tuple): boolean {
  let isPartial = false;
  for (let i = 0; i < row.length; i++) if (row.kinds[i] === FIELD_UNCHANGED) isPartial = true;
  if (!isPartial) return false;
  for (const i of relation.keyColumns) {
    // A key that is out of line itself and was left out is in the old row only: it did not change.
    if (row.kinds[i] === FIELD_UNCHANGED) continue;
    if (old.kinds[i] !== row.kinds[i]) return true;
    const start = row.starts[i] as number;
    if (old.bytes.compare(row.bytes, start, row.ends[i], old.starts[i], old.ends[i]) !== 0) return true;
  }
  return false;
}

function hasKeyOf({ columns }: TableNow, relation: Relation): boolean {
  return relation.keyColumns.every((i) => columns.includes(relation.columns[i]?.name ?? ''));
}

/** A column that is not there any more is NULL, as it is from then on; where it was renamed the table is built anew. */
function rowSql(relation: Relation, row: Tuple, now: TableNow): string {
  const present = new Set(now.columns);
  const columns = relation.columns.map(({ name }) => (present.has(name) ? quoteIdentifier(name) : 'null')).join(', ');
  const key = relation.keyColumns.map((i) => {
    const text = row.bytes.toString('utf8', row.starts[i], row.ends[i]);
    return `${quoteIdentifier(relation.columns[i]?.name ?? '')} = ${quoteLiteral(text)}`;
  });
  const from = `${now.kind === 'p' ? '' : 'only '}${quoteTable(relation)}`;
  return `copy (select ${columns} from ${from} where ${key.join(' and ')}) to stdout`;
}

/** The row's own fields, and those of `read` where it left one out, in bytes of their own. */
function merge(into: Tuple, row: Tuple, read: Tuple): void {
  resizeTuple(into, row.length);
  const parts: Buffer[] = [];
  let at = 0;
  for (let i = 0; i < row.length; i++) {
    const from = row.kinds[i] === FIELD_UNCHANGED ? read : row;
    const kind = from.kinds[i] as number;
    into.kinds[i] = kind;
    into.starts[i] = at;
    if (kind === FIELD_TEXT) {
      const part = from.bytes.subarray(from.starts[i], from.ends[i]);
      parts.push(part);
      at += part.length;
    }
    into.ends[i] = at;
  }
  into.bytes = Buffer.concat(parts);
}
