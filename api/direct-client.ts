import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import {
  type DirectRelations,
  type RelationsRead,
  readDirectRelations,
} from '../warehouse/published/direct-relations.ts';
import { relationsAt } from './access/read-relations.ts';

/** How long what views read is taken for known, when no newer watermark asks for it anew. */
const KNOWN_MS = 2_000;

/** Something that is named is there no more, or has other columns: models were exchanged. */
const EXCHANGED = new Set([
  '10', // NOT_FOUND_COLUMN_IN_BLOCK
  '16', // NO_SUCH_COLUMN_IN_TABLE
  '47', // UNKNOWN_IDENTIFIER
  '60', // UNKNOWN_TABLE
  '218', // TABLE_IS_DROPPED
]);

/** Below so many rows a second thread costs more than it saves. */
const FEW_ROWS = 300_000;

interface Known {
  /** Published before the views were read, so what they read holds for it and for those before it. */
  readonly watermark: bigint;
  readonly readAtMs: number;
  /** Null: not to be had; the views are read themselves. */
  readonly relations: Promise<RelationsRead | null>;
}

export interface DirectReading {
  readonly client: ClickHouseClient;
  /** What the views read at a watermark that is published; null while it is not to be had. */
  relationsAt(watermark: bigint): Promise<DirectRelations | null>;
}

/**
 * A client in whose queries the views of models at a watermark (`modelAt`, `partsAt`) are replaced by what they read, which is
 * looked up once for each watermark: the rows are the same, and planning them costs a fraction. Where models are exchanged in
 * between the query is asked as it was, and the views say what can be read.
 */
export function createDirectReading(client: ClickHouseClient): DirectReading {
  let known: Known | null = null;

  function relationsFor(watermark: bigint): Known {
    const isFresh = known !== null && performance.now() - known.readAtMs < KNOWN_MS;
    if (known !== null && isFresh && watermark <= known.watermark) return known;
    const former = known;
    const latest = former !== null && former.watermark > watermark ? former.watermark : watermark;
    const read = async () => readDirectRelations(client, (await former?.relations) ?? null).catch(() => null);
    known = { watermark: latest, readAtMs: performance.now(), relations: read() };
    return known;
  }

  // Rows that were read last, by the views that were asked for.
  const rowsRead = new Map<string, number>();

  async function asked<T extends Asked, R>(query: T, ask: (query: T) => Promise<R>): Promise<R> {
    const watermark = watermarkOf(query);
    const taken = watermark === null ? null : relationsFor(watermark);
    const relations = (await taken?.relations)?.relations;
    if (watermark === null || relations === undefined) return ask(query);
    const { sql, views } = put(query.query, relations, watermark);
    if (views === '') return ask(query);
    const isSmall = (rowsRead.get(views) ?? FEW_ROWS) < FEW_ROWS;
    const settings = { ...query.clickhouse_settings, ...(isSmall && { max_threads: 1 }) };
    try {
      const result = await ask({ ...query, query: sql, clickhouse_settings: settings });
      const rows = rowsReadBy(result);
      if (rows !== null) rowsRead.set(views, rows);
      return result;
    } catch (error) {
      if (!(error instanceof ClickHouseError) || !EXCHANGED.has(error.code)) throw error;
      if (known === taken) known = null;
      return ask(query);
    }
  }

  const direct = new Proxy(client, {
    get(target, name) {
      switch (name) {
        case 'query':
          return (query: Parameters<ClickHouseClient['query']>[0]) => asked(query, (each) => target.query(each));
        case 'exec':
          return (query: Parameters<ClickHouseClient['exec']>[0]) => asked(query, (each) => target.exec(each));
        default: {
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        }
      }
    },
  });
  return {
    client: direct,
    relationsAt: async (watermark) => (await relationsFor(watermark).relations)?.relations ?? null,
  };
}

interface Asked {
  readonly query: string;
  readonly clickhouse_settings?: object;
  readonly query_params?: Record<string, unknown>;
}

function watermarkOf({ query_params: parameters }: Asked): bigint | null {
  const watermark = parameters?.watermark;
  return typeof watermark === 'string' && /^\d+$/.test(watermark) ? BigInt(watermark) : null;
}

/** Of a query that has ended; null where it is not told. */
function rowsReadBy(result: unknown): number | null {
  const { response_headers: headers } = result as { response_headers?: Readonly<Record<string, unknown>> };
  const summary = headers?.['x-clickhouse-summary'];
  return typeof summary === 'string' ? Number(JSON.parse(summary).read_rows) : null;
}

/** The query with rows in the place of views, and which views those were. */
function put(sql: string, relations: DirectRelations, watermark: bigint): { sql: string; views: string } {
  const views: string[] = [];
  let text = '';
  let done = 0;
  for (const { view, from, to } of relationsAt(sql)) {
    const rows = relations.at(view, watermark);
    if (rows === null) continue;
    text += `${sql.slice(done, from)}(${rows})`;
    done = to;
    views.push(view);
  }
  return { sql: text + sql.slice(done), views: views.join(' ') };
}
