/**
 * Decoding alone: captured bytes of small transactions through the frame reader and the decoder into a counting sink.
 * `node ingest/postgres/decoder.bench.ts [rows]`; prints one JSON document.
 */
import type { Tuple } from '../../../changelog/change.ts';
import { recordStream } from '../../testing/record-stream.ts';
import { startTestPostgres } from '../../testing/test-postgres.ts';
import { FrameReader } from './frame-reader.ts';
import { createDecodedCounts, PgoutputDecoder } from './pgoutput-decoder.ts';
import { TransactionCursor } from './transaction-cursor.ts';

const rows = Number(process.argv[2] ?? 200_000);
const CHUNK_BYTES = 65_536;

async function capture(): Promise<{ bytes: Buffer; walsenderSeconds: number }> {
  const server = await startTestPostgres(['synchronous_commit=off']);
  try {
    const url = await server.createDatabase('bench');
    const client = await server.connect('bench');
    await client.query(`
      create table t (id int primary key, a int, b numeric(12,2), c text, d timestamptz, e text, f bool, g date, h int, i text);
      create publication bench for all tables`);
    await client.query("select pg_create_logical_replication_slot('bench', 'pgoutput')");
    await client.query(`do $$ begin for i in 1..${rows / 5} loop
      insert into t select i * 5 + n, n, n * 1.25, 'customer ' || i, now(), 'some text', true, current_date, i, 'end'
      from generate_series(0, 4) n; commit; end loop; end $$`);
    const { rows: lsns } = await client.query("select pg_current_wal_insert_lsn() - '0/0' as lsn");
    const startedAt = performance.now();
    const bytes = await recordStream({ url, slot: 'bench', publication: 'bench', untilLsn: BigInt(lsns[0].lsn) });
    return { bytes, walsenderSeconds: (performance.now() - startedAt) / 1000 };
  } finally {
    await server.stop();
  }
}

const { bytes, walsenderSeconds } = await capture();
let fields = 0;
const count = (_relation: unknown, row: Tuple): void => {
  fields += row.length;
};

async function replay(): Promise<{ seconds: number; messages: number }> {
  const counts = createDecodedCounts();
  const decoder = new PgoutputDecoder({
    sink: { begin() {}, insert: count, update() {}, delete() {}, truncate() {}, commit() {} },
    cursor: new TransactionCursor(),
    counts,
    resolveRelation: async ({ oid, schema, table, columns }) => ({
      oid,
      source: 'bench',
      schema,
      table,
      columns: columns.map((column) => ({ ...column, typeName: 'text', typeKind: 'b' })),
      keyColumns: [0],
    }),
  });
  const reader = new FrameReader((type, chunk, start, end) =>
    type === 0x64 && chunk[start] === 0x77 ? decoder.decode(chunk, start + 25, end) : null,
  );
  const startedAt = performance.now();
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const chunk = bytes.subarray(at, at + CHUNK_BYTES);
    for (let stop = reader.push(chunk); stop !== null; stop = reader.resume()) await stop;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { seconds, messages: counts.inserts + counts.transactions * 2 };
}

await replay();
const { seconds, messages } = await replay();
console.log(
  JSON.stringify({
    rows,
    megabytes: Math.round(bytes.length / 1e6),
    decoderMessagesPerSecond: Math.round(messages / seconds),
    decoderRowsPerSecond: Math.round(rows / seconds),
    walsenderMessagesPerSecond: Math.round(messages / walsenderSeconds),
    fields,
  }),
);
