import type { CatalogQueries } from '../connection/catalog-connection.ts';

export interface LockedTable {
  readonly oid: number;
  /** Values of its rows may be out of line: the stream may wait for its copy. */
  readonly hasToast: boolean;
}

/** Which of the tables somebody locks exclusively, or is about to, or a partition of them. Waits for nobody. */
export async function readLockedTables(client: CatalogQueries, oids: readonly number[]): Promise<LockedTable[]> {
  if (oids.length === 0) return [];
  const { rows } = await client.query<{ oid: number; has_toast: boolean }>(
    `select asked.oid::float8 as oid, bool_or(c.reltoastrelid <> 0) as has_toast
     from pg_locks l
     join pg_database d on d.oid = l.database and d.datname = current_database()
     join pg_class c on c.oid = l.relation
     join unnest($1::int8[]) asked(oid) on asked.oid = c.oid::int8
       or asked.oid in (select a.relid::oid::int8 from pg_partition_ancestors(c.oid) a)
     where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.pid <> pg_backend_pid()
     group by asked.oid`,
    [oids],
  );
  return rows.map(({ oid, has_toast: hasToast }) => ({ oid, hasToast }));
}

/** Tables (`schema.table`) whose copy waits for somebody's lock, and since when (milliseconds of one clock). */
export class LockedTables {
  #since = new Map<string, number>();

  has(name: string): boolean {
    return this.#since.has(name);
  }

  /** These are locked now, and no others. Answers those that were not before. */
  look(names: readonly string[], nowMs: number): string[] {
    const before = this.#since;
    this.#since = new Map(names.map((name) => [name, before.get(name) ?? nowMs]));
    return names.filter((name) => !before.has(name));
  }

  /** How long it has been locked as far as was seen. */
  lockedMs(name: string, nowMs: number): number {
    return nowMs - (this.#since.get(name) ?? nowMs);
  }
}
