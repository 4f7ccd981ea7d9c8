import type { ClickHouseClient } from '@clickhouse/client';

/**
 * What the views of models at a watermark read, as it can be put into a query in their place: planning a query costs the server
 * several times as much with such a view in it (its own subqueries, and the check that its watermark can be read).
 */
export interface DirectRelations {
  /**
   * The rows of `store.<view>(watermark = n)` as a query with the parameter `watermark`; null where the view itself must be read:
   * it shows a former state too, refuses the watermark, or is none of a model's.
   */
  at(view: string, watermark: bigint): string | null;
  /**
   * Of an additive model whose parts are summed up by whoever reads them: the rows that came with the batches behind `after` (UInt64) up
   * to `watermark`, a query with both as parameters. What was read before stays true as long as its text is the same. Null where `at`
   * is, and where the model stopped.
   */
  differences(view: string, watermark: bigint): string | null;
  /**
   * The same of a model that is kept by key: one row for each key that has another with the batches behind `after`, the last one, with
   * `_is_open`: false where it ended, and the key has none at the watermark. Null where `at` is, and where the model stopped.
   * Preconditions: `key` is the model's, quoted; `after` can be read.
   */
  changes(view: string, key: readonly string[], watermark: bigint): string | null;
}

/** A view at a watermark, taken apart. */
export interface DirectView {
  /** Its rows, with `Fold`s in between. */
  readonly pieces: readonly (string | Fold)[];
  /** The table of a version of a model. */
  readonly storeTable: string;
  /** See `DirectRelations.differences`. */
  readonly differences: string | null;
  /** See `DirectRelations.changes`. */
  readonly changes: ((key: readonly string[]) => string) | null;
}

/** Stands for the batch up to which an additive table is summed up. */
export interface Fold {
  readonly storeTable: string;
  /** Folds behind it do not count: the last watermark of a model that stopped. */
  readonly upTo: bigint | null;
}

// As the server prints what store/model-views.ts and store/readable-states.ts write.
const GUARDED =
  /^SELECT \* FROM \((?<rows>SELECT .*)\) WHERE \(SELECT throwIf\(max\(r\.watermark\) > \{watermark:UInt64\}, '[^']*'\) FROM millrace\.readable_from AS r WHERE r\.store_table IN \('', '(?<table>\w+)'\)\) = 0$/s;
const FOLD =
  /\(SELECT max\(horizon\) FROM millrace\.folds WHERE \(store_table = '(?<table>\w+)'\) AND \(horizon <= (?:\{watermark:UInt64\}|least\(\{watermark:UInt64\}, toUInt64\((?<upTo>\d+)\)\))\)\)/g;

const PARTS =
  /^(?<select>SELECT [^()]* FROM store\.\w+) WHERE \(\(_folded AND \(_batch = 0\)\) OR \(\(NOT _folded\) AND \(_batch >= 0\) AND \(_batch <= \{watermark:UInt64\}\)\)\)(?<given> AND \(_batch NOT IN [\d(), ]+\))?$/;

const BY_KEY =
  /^SELECT (?<columns>[^()]*) FROM (?<table>store\.\w+) FINAL WHERE \(_from <= \{watermark:UInt64\}\) AND (?:\(_to > \{watermark:UInt64\}\)|\(_from NOT IN \((?<aborted>[\d, ]+)\)\) AND \(\(_to > \{watermark:UInt64\}\) OR \(_to IN \(\k<aborted>\)\)\))$/;

/** Null where the view's text is not exactly what is known here. */
export function directView(asSelect: string): DirectView | null {
  const guarded = GUARDED.exec(asSelect)?.groups;
  if (guarded === undefined) return null;
  const { rows = '', table: storeTable = '' } = guarded;
  const pieces: (string | Fold)[] = [];
  let done = 0;
  for (const match of rows.matchAll(FOLD)) {
    const { table = '', upTo } = match.groups ?? {};
    pieces.push(rows.slice(done, match.index), {
      storeTable: table,
      upTo: upTo === undefined ? null : BigInt(upTo),
    });
    done = match.index + match[0].length;
  }
  pieces.push(rows.slice(done));
  const text = pieces.filter((piece) => typeof piece === 'string').join(' ');
  // One select of the one table, or it is something else.
  const isPlain =
    text.match(/\bSELECT\b/g)?.length === 1 &&
    new RegExp(` FROM store\\.${storeTable}(?: AS t)?(?: FINAL)? WHERE `).test(text);
  return isPlain ? { pieces, storeTable, differences: differencesOf(pieces), changes: changesOf(text) } : null;
}

/** Of the text of a model that is kept by key. A row that ended is there as it began until parts are merged: the later one counts. */
function changesOf(text: string): DirectView['changes'] {
  const view = BY_KEY.exec(text)?.groups;
  if (view === undefined) return null;
  const { columns, table, aborted } = view;
  const [valid, isNoEnd] =
    aborted === undefined ? ['true', 'false'] : [`_from NOT IN (${aborted})`, `_to IN (${aborted})`];
  const isOf = (batch: string) => `(${batch} > {after:UInt64} AND ${batch} <= {watermark:UInt64})`;
  return (key) => `SELECT ${columns}, _to > {watermark:UInt64} OR ${isNoEnd} AS _is_open
    FROM ${table}
    WHERE ${valid} AND (${isOf('_from')} OR (${isOf('_to')} AND NOT ${isNoEnd}))
    ORDER BY _from DESC, _version DESC
    LIMIT 1 BY ${key.join(', ')}`;
}

/** Of the text of an additive model's parts. */
function differencesOf(pieces: DirectView['pieces']): string | null {
  const parts = PARTS.exec(pieces.map((piece) => (typeof piece === 'string' ? piece : '0')).join(''))?.groups;
  if (parts === undefined) return null;
  const { select, given = '' } = parts;
  return `${select} WHERE (NOT _folded) AND (_batch > {after:UInt64}) AND (_batch <= {watermark:UInt64})${given}`;
}

/** What else a view's rows hang on. */
export interface ReadableStates {
  /** First watermark that can be read, by table; empty: of all tables. */
  readonly readableFrom: ReadonlyMap<string, bigint>;
  /** Where additive tables were summed up, by table. */
  readonly folds: ReadonlyMap<string, readonly bigint[]>;
}

export function directRelations(
  views: ReadonlyMap<string, DirectView>,
  { readableFrom, folds }: ReadableStates,
): DirectRelations {
  function isReadable(storeTable: string, watermark: bigint): boolean {
    return ['', storeTable].every((table) => (readableFrom.get(table) ?? 0n) <= watermark);
  }

  function horizonOf({ storeTable, upTo }: Fold, watermark: bigint): bigint {
    const last = upTo !== null && upTo < watermark ? upTo : watermark;
    return (folds.get(storeTable) ?? []).reduce((max, each) => (each <= last && each > max ? each : max), 0n);
  }

  return {
    at(name, watermark) {
      const view = views.get(name);
      if (view === undefined || !isReadable(view.storeTable, watermark)) return null;
      return view.pieces
        .map((piece) => (typeof piece === 'string' ? piece : horizonOf(piece, watermark).toString()))
        .join('');
    },
    differences(name, watermark) {
      const view = views.get(name);
      if (view === undefined || view.differences === null || !isReadable(view.storeTable, watermark)) return null;
      return view.differences;
    },
    changes(name, key, watermark) {
      const view = views.get(name);
      if (view === undefined || view.changes === null || !isReadable(view.storeTable, watermark)) return null;
      return view.changes(key);
    },
  };
}

/** What was read before, of which as much is kept as is still so. */
export interface RelationsRead {
  readonly relations: DirectRelations;
  readonly views: ReadonlyMap<string, DirectView>;
  /** Another one when any view is another; null where that cannot be told. */
  readonly token: string | null;
}

/**
 * Reads them as they are now. They hold for watermarks that were published before this is called, for as long as no batch is given
 * up and no fold's rows are dropped: seconds, not minutes. A table that is exchanged meanwhile is gone, which the query says.
 */
export async function readDirectRelations(
  client: ClickHouseClient,
  former: RelationsRead | null,
): Promise<RelationsRead> {
  const now = await readStates(client);
  if (former !== null && former.token !== null && former.token === now.token) {
    return { ...former, relations: directRelations(former.views, now) };
  }
  const views = await readViews(client);
  // Again, after the views: a table that takes another's place is declared before it is seen. The token is the one from before them.
  return { views, token: now.token, relations: directRelations(views, await readStates(client)) };
}

const NO_UUID = '00000000-0000-0000-0000-000000000000';

async function readViews(client: ClickHouseClient): Promise<Map<string, DirectView>> {
  const result = await client.query({
    query: `
      select name, as_select
      from system.tables
      where database = 'store' and engine = 'View' and endsWith(name, '_at')`,
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ name: string; as_select: string }>();
  return new Map(
    rows.flatMap(({ name, as_select: asSelect }) => {
      const view = directView(asSelect);
      return view === null ? [] : [[name, view] as const];
    }),
  );
}

async function readStates(client: ClickHouseClient): Promise<ReadableStates & { readonly token: string | null }> {
  const result = await client.query({
    query: `
      select 'readable' as what, store_table, [toString(max(watermark))] as watermarks
      from millrace.readable_from
      group by store_table
      union all
      select 'folds' as what, store_table, arrayMap(h -> toString(h), groupUniqArray(horizon)) as watermarks
      from millrace.folds
      group by store_table
      union all
      select 'views' as what, '' as store_table,
        [toString(groupBitXor(cityHash64(name, uuid, metadata_modification_time))), toString(countIf(uuid = toUUID('${NO_UUID}')))]
          as watermarks
      from system.tables
      where database = 'store' and endsWith(name, '_at')`,
    format: 'JSONEachRow',
  });
  const readableFrom = new Map<string, bigint>();
  const folds = new Map<string, bigint[]>();
  let token: string | null = null;
  for (const row of await result.json<{ what: string; store_table: string; watermarks: string[] }>()) {
    const watermarks = row.watermarks.map(BigInt);
    // A view that is replaced gets another UUID, where it has one.
    if (row.what === 'views') token = watermarks[1] === 0n ? (row.watermarks[0] ?? null) : null;
    else if (row.what === 'folds') folds.set(row.store_table, watermarks);
    else readableFrom.set(row.store_table, watermarks[0] ?? 0n);
  }
  return { readableFrom, folds, token };
}
