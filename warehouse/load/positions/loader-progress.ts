import type { ClickHouseClient } from '@clickhouse/client';
import type { StoredProgress } from '../../../changelog/kafka/load/loader-warehouse.ts';

interface ProgressRow {
  source: string;
  topic: string;
  table: string;
  through: string;
  offsets: string[];
  read: string[];
  exchanged: string;
  rewound: string;
  shaped: number;
  relation: string;
  failed: boolean;
  rows: string;
  rejected: string;
  shapes: string;
  loader: string;
  sequence: string;
}

/** Before the first version: a version is never negative in the warehouse. */
const NOTHING = -1n;
const NUMBERS = 2n ** 32n;

/** How far each topic of a source is loaded. */
export async function readLoaderProgress(client: ClickHouseClient, source: string): Promise<StoredProgress[]> {
  const result = await client.query({
    query: `
      select source, topic, table, toString(through) as through, arrayMap(x -> toString(x), offsets) as offsets,
        arrayMap(x -> toString(x), read) as read,
        toString(exchanged) as exchanged, toString(rewound) as rewound, shaped, relation, failed, toString(rows) as rows, toString(rejected) as rejected,
        toString(shapes) as shapes, loader, toString(sequence) as sequence
      from millrace.loader_progress final
      where source = {source:String}`,
    query_params: { source },
    format: 'JSONEachRow',
  });
  return (await result.json<ProgressRow>()).map((row) => ({
    source: row.source,
    topic: row.topic,
    table: row.table,
    through: BigInt(row.through) + NOTHING,
    offsets: row.offsets.map(BigInt),
    read: row.read.map(BigInt),
    exchanged: BigInt(row.exchanged),
    rewound: BigInt(row.rewound),
    shaped: row.shaped,
    relation: row.relation,
    isFailed: row.failed,
    rows: Number(row.rows),
    rejected: Number(row.rejected),
    shapes: Number(row.shapes),
    loader: row.loader,
    term: Number(BigInt(row.sequence) / NUMBERS),
    number: Number(BigInt(row.sequence) % NUMBERS),
  }));
}

export async function writeLoaderProgress(client: ClickHouseClient, rows: readonly StoredProgress[]): Promise<void> {
  await client.insert({
    table: 'millrace.loader_progress',
    values: rows.map(
      (row): ProgressRow => ({
        source: row.source,
        topic: row.topic,
        table: row.table,
        // "Below" it, as its column says.
        through: (row.through - NOTHING).toString(),
        offsets: row.offsets.map(String),
        read: row.read.map(String),
        exchanged: row.exchanged.toString(),
        rewound: row.rewound.toString(),
        shaped: row.shaped,
        relation: row.relation,
        failed: row.isFailed,
        rows: String(row.rows),
        rejected: String(row.rejected),
        shapes: String(row.shapes),
        loader: row.loader,
        sequence: (BigInt(row.term) * NUMBERS + BigInt(row.number)).toString(),
      }),
    ),
    format: 'JSONEachRow',
  });
}
