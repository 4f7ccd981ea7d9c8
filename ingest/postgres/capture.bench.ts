/**
 * Capture against a real server, into a log that only counts: a snapshot, then a backlog of small transactions.
 * `node ingest/postgres/capture.bench.ts [rows]`; prints one JSON document with COPY and the bare stream beside it.
 */

import { recordStream } from '../testing/record-stream.ts';
import { RecordingLog } from '../testing/recording-log.ts';
import { caughtUp, sourceConfig, startCapture } from '../testing/scene.ts';
import { startTestPostgres } from '../testing/test-postgres.ts';
import { openCopySession } from './snapshot/copy-session.ts';
import { DEFAULT_TIMING } from './timing.ts';

const rows = Number(process.argv[2] ?? 200_000);
const server = await startTestPostgres(['synchronous_commit=off', 'max_wal_size=4GB']);

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

try {
  const url = await server.createDatabase('bench');
  const client = await server.connect('bench');
  await client.query(`
    create table t (id int primary key, a int, b numeric(12,2), c text, d timestamptz, e text, f bool, g date, h int, i text);
    insert into t select -n, n, n * 1.25, 'customer ' || n, now(), 'some text', true, current_date, n, 'end'
    from generate_series(1, ${rows}) n;
    create publication bench_publication for all tables`);
  const session = await openCopySession({ url, applicationName: 'bench' });
  const copySeconds = await timed(() =>
    session.copy({ sql: 'copy public.t to stdout', columns: 10, line: null, row() {}, room: () => null }),
  );
  await session.close();
  const log = new RecordingLog({ countOnly: true });
  const config = sourceConfig('bench', url);
  let running = startCapture(config, log, DEFAULT_TIMING);
  const snapshotSeconds = await timed(() => caughtUp(client, running));
  await running.stop();
  await client.query("select pg_create_logical_replication_slot('bare', 'pgoutput')");
  await client.query(`do $$ begin for i in 1..${rows / 5} loop
    insert into t select i * 5 + n, n, n * 1.25, 'customer ' || i, now(), 'some text', true, current_date, i, 'end'
    from generate_series(0, 4) n; commit; end loop; end $$`);
  const { rows: lsns } = await client.query("select pg_current_wal_insert_lsn() - '0/0' as lsn");
  const untilLsn = BigInt(lsns[0].lsn);
  const bareSeconds = await timed(() =>
    recordStream({ url, slot: 'bare', publication: 'bench_publication', untilLsn }),
  );
  running = startCapture(config, new RecordingLog({ countOnly: true }, log.recorded), DEFAULT_TIMING);
  const cpu = process.cpuUsage();
  const streamSeconds = await timed(() => caughtUp(client, running));
  const { user, system } = process.cpuUsage(cpu);
  await running.stop();
  console.log(
    JSON.stringify({
      rows,
      copyRowsPerSecond: Math.round(rows / copySeconds),
      snapshotRowsPerSecond: Math.round(rows / snapshotSeconds),
      bareStreamRowsPerSecond: Math.round(rows / bareSeconds),
      captureRowsPerSecond: Math.round(rows / streamSeconds),
      captureCpuSeconds: (user + system) / 1e6,
      streamSeconds,
    }),
  );
} finally {
  await server.stop();
}
