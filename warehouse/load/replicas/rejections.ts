import type { ClickHouseClient } from '@clickhouse/client';
import { formatLsn } from '../../../changelog/lsn.ts';
import type { ErrorDefinition } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { type KeptValues, latin1Of, utf8Of } from '../values/rejected-fields.ts';

/** A row that the replica cannot hold. */
export interface Rejection extends KeptValues {
  /** The key's fields as TabSeparated (latin1); a key value that is refused itself stands there as its text. */
  readonly key: string;
  readonly version: bigint;
  readonly error: ErrorDefinition;
  /** The column that cannot hold its value; empty when the server did not say. */
  readonly column: string;
  readonly detail: string;
}

/** A key under which a row came that is held, or its removal. */
export interface LaterRow {
  readonly key: string;
  readonly version: bigint;
}

/**
 * The rows of one replica that are rejected now, in `millrace.rejected`: the last one of each key, until a later row of
 * that key is held or gone. Keys are in memory, so that tables without rejected rows cost nothing.
 */
export interface Rejections {
  /** No row is rejected: `resolve` and `find` have nothing to do. */
  isEmpty(): boolean;
  keep(rows: readonly Rejection[]): Promise<void>;
  /** Rows came under these keys: what was rejected there at a lower version is over. */
  resolve(rows: Iterable<LaterRow>): Promise<void>;
  /** Removals of keys that no replica can hold: also of rows that the snapshot may still bring. */
  resolveRefused(rows: readonly LaterRow[]): Promise<void>;
  /** All rows below the version are gone. */
  resolveAll(version: bigint): Promise<void>;
  find(keys: readonly string[]): Promise<ReadonlyMap<string, KeptValues & { readonly version: bigint }>>;
}

/** Keys held in memory; beyond them the table itself is asked. */
const MAX_KEYS = 100_000;
const KEYS_PER_QUERY = 1_000;

export async function createRejections(options: {
  client: ClickHouseClient;
  source: string;
  replica: string;
  logger: Logger;
}): Promise<Rejections> {
  const { client, source, replica, logger } = options;
  const where = 'source = {source:String} and replica = {replica:String}';
  const parameters = { source, replica };
  const open = new Map((await readKeys('', MAX_KEYS + 1)).map(({ key, version }) => [latin1Of(key), BigInt(version)]));
  /** There are more keys than are in memory. */
  let isCut = open.size > MAX_KEYS;
  /** Refused keys that are gone, and since when: a snapshot row of theirs comes too late. */
  const gone = new Map<string, bigint>();

  async function readKeys(condition: string, limit: number, more = {}): Promise<{ key: string; version: string }[]> {
    const result = await client.query({
      query: `select key, toString(version) as version from millrace.rejected final where ${where} ${condition} limit ${limit}`,
      query_params: { ...parameters, ...more },
      format: 'JSONEachRow',
    });
    return result.json<{ key: string; version: string }>();
  }

  async function insertResolved(rows: ReadonlyMap<string, bigint>): Promise<void> {
    if (rows.size === 0) return;
    await client.insert({
      table: 'millrace.rejected',
      values: [...rows].map(([key, version]) => ({
        source,
        replica,
        key: utf8Of(key),
        version: version.toString(),
        lsn: lsnOf(version),
        resolved: 1,
      })),
      format: 'JSONEachRow',
    });
    for (const key of rows.keys()) open.delete(key);
  }

  /** Of the candidates, those whose rejection is older. */
  async function olderThan(candidates: ReadonlyMap<string, bigint>): Promise<Map<string, bigint>> {
    const over = new Map<string, bigint>();
    if (!isCut) {
      for (const [key, version] of candidates) if ((open.get(key) ?? version) < version) over.set(key, version);
      return over;
    }
    for (const keys of chunksOf([...candidates.keys()])) {
      const found = await readKeys('and key in {keys:Array(String)}', keys.length, { keys: keys.map(utf8Of) });
      for (const { key, version } of found) {
        const later = candidates.get(latin1Of(key)) as bigint;
        if (BigInt(version) < later) over.set(latin1Of(key), later);
      }
    }
    return over;
  }

  return {
    isEmpty: () => open.size === 0,
    async keep(rows) {
      // The newest of each key; one that is older than what is known of its key is over already.
      const newest = new Map<string, Rejection>();
      for (const row of rows) {
        const known = newest.get(row.key)?.version ?? open.get(row.key) ?? gone.get(row.key);
        if (known === undefined || known <= row.version) newest.set(row.key, row);
      }
      if (newest.size === 0) return;
      await client.insert({
        table: 'millrace.rejected',
        values: [...newest.values()].map(({ key, version, error, column, detail, row, taken }) => ({
          source,
          replica,
          key: utf8Of(key),
          version: version.toString(),
          lsn: lsnOf(version),
          code: error.code,
          column,
          row: JSON.stringify(row),
          taken,
          detail,
          remedy: error.remedy,
        })),
        format: 'JSONEachRow',
      });
      for (const { key, version } of newest.values()) {
        if (open.size < MAX_KEYS || open.has(key)) open.set(key, version);
        else isCut = true;
      }
      const codes = [...new Set(rows.map(({ error }) => error.code))];
      logger.error({ source, replica, rows: rows.length, codes }, 'rows rejected');
    },
    async resolve(rows) {
      const candidates = new Map<string, bigint>();
      for (const { key, version } of rows) {
        if ((isCut || open.has(key)) && (candidates.get(key) ?? 0n) < version) candidates.set(key, version);
      }
      if (candidates.size > 0) await insertResolved(await olderThan(candidates));
    },
    async resolveRefused(rows) {
      const resolved = new Map<string, bigint>();
      for (const { key, version } of rows) {
        if ((open.get(key) ?? 0n) <= version) resolved.set(key, version);
        if (gone.size < MAX_KEYS) gone.set(key, version);
      }
      await insertResolved(resolved);
    },
    async resolveAll(version) {
      if (open.size === 0) return;
      await client.command({
        query: `
          insert into millrace.rejected (source, replica, key, version, lsn, resolved)
          select source, replica, key, {version:UInt128}, {lsn:String}, 1
          from millrace.rejected final
          where ${where} and version < {version:UInt128}`,
        query_params: { ...parameters, version: version.toString(), lsn: lsnOf(version) },
      });
      for (const [key, rejectedAt] of open) if (rejectedAt < version) open.delete(key);
    },
    async find(keys) {
      const found = new Map<string, KeptValues & { version: bigint }>();
      const wanted = isCut ? keys : keys.filter((key) => open.has(key));
      for (const part of chunksOf(wanted)) {
        const result = await client.query({
          query: `
            select key, toString(version) as version, row, taken
            from millrace.rejected final
            where ${where} and key in {keys:Array(String)}`,
          query_params: { ...parameters, keys: part.map(utf8Of) },
          format: 'JSONEachRow',
        });
        for (const { key, version, row, taken } of await result.json<StoredRejection>()) {
          found.set(latin1Of(key), { version: BigInt(version), row: JSON.parse(row) as KeptValues['row'], taken });
        }
      }
      return found;
    },
  };
}

interface StoredRejection {
  key: string;
  version: string;
  row: string;
  taken: string[];
}

/** The commit's position, which is in the version. */
function lsnOf(version: bigint): string {
  return formatLsn((version >> 32n) & 0xffff_ffff_ffff_ffffn);
}

function* chunksOf<T>(items: readonly T[]): Iterable<readonly T[]> {
  for (let at = 0; at < items.length; at += KEYS_PER_QUERY) yield items.slice(at, at + KEYS_PER_QUERY);
}
