import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFreezingProxy } from './testing/freezing-proxy.ts';
import { RecordedSource, RecordingLog } from './testing/recording-log.ts';
import { type RunningCapture, sourceConfig, startCapture, until } from './testing/scene.ts';
import { startTestPostgres, type TestPostgres } from './testing/test-postgres.ts';

const SOURCES = 100;
let server: TestPostgres;
let client: pg.Client;

beforeAll(async () => {
  // As many walsenders as sources, and no more connections than a source may have: catalog, stream and one of a snapshot.
  server = await startTestPostgres([
    `max_wal_senders=${SOURCES + 10}`,
    `max_replication_slots=${SOURCES + 10}`,
    `max_connections=${SOURCES * 3 + 20}`,
    'max_logical_replication_workers=0',
    'shared_buffers=32MB',
    'wal_sender_timeout=10min',
  ]);
  await server.createDatabase('many');
  client = await server.connect('many');
  for (let n = 0; n < SOURCES; n++) {
    await client.query(`
      create schema s${n};
      create table s${n}.t (id int primary key, v text);
      insert into s${n}.t select i, 'first' from generate_series(1, 20) i;
      create publication s${n}_publication for table s${n}.t`);
  }
});

afterAll(() => server.stop());

describe('a hundred sources in one process', () => {
  it('are captured while some are dead, silent or slow, with bounded connections and memory', async () => {
    const proxy = await startFreezingProxy({ host: '127.0.0.1', port: server.port });
    const through = server.url('many').replace(`:${server.port}/`, `:${proxy.port}/`);
    const isSilent = (n: number): boolean => n % 50 === 1;
    const isDead = (n: number): boolean => n % 50 === 2;
    const isSlow = (n: number): boolean => n % 50 === 3;
    const isWell = (n: number): boolean => !isSilent(n) && !isDead(n) && !isSlow(n);
    const before = memoryMiB();
    const startedAt = performance.now();
    // The intervals of a real process: a hundred sources must not keep it busy while nothing happens.
    const timing = { tickMs: 100, statusIntervalMs: 2000, pollMs: 2000, heartbeatMs: 2000, watchdogMs: 5000 };
    const sources: { running: RunningCapture; recorded: RecordedSource; wells: boolean }[] = [];
    for (let n = 0; n < SOURCES; n++) {
      const recorded = new RecordedSource();
      const log = new RecordingLog(isSlow(n) ? { room: () => new Promise(() => {}) } : {}, recorded);
      const url = isDead(n) ? 'postgres://x:y@127.0.0.1:1/x' : isSilent(n) ? through : server.url('many');
      const config = sourceConfig(`s${n}`, url, { schemas: [`s${n}`], snapshotConnections: 1 });
      sources.push({ running: startCapture(config, log, timing), recorded, wells: isWell(n) });
    }
    const wells = sources.filter((source) => source.wells);
    await until('the snapshots', () => wells.every(({ recorded }) => recorded.state?.consistentLsn != null), 90_000);
    const snapshotSeconds = (performance.now() - startedAt) / 1000;
    proxy.freeze();

    const cpu = process.cpuUsage();
    const idleFrom = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const used = process.cpuUsage(cpu);
    const idleCpu = (used.user + used.system) / 1000 / (performance.now() - idleFrom);

    const { rows } = await client.query(
      `select count(*)::int as n from pg_stat_activity where datname = 'many' and pid <> pg_backend_pid()`,
    );
    const connections = rows[0].n as number;

    const changedAt = performance.now();
    for (let n = 0; n < SOURCES; n++) {
      await client.query(`update s${n}.t set v = 'second' where id <= 3; delete from s${n}.t where id = 20`);
    }
    const isCaughtUp = ({ recorded }: { recorded: RecordedSource }, n: number): boolean => {
      const table = recorded.rows(`s${n}.t`);
      return table.length === 19 && table.filter(({ v }) => v === 'second').length === 3;
    };
    await until('the changes', () => sources.every((source, n) => !isWell(n) || isCaughtUp(source, n)), 60_000);
    const changeSeconds = (performance.now() - changedAt) / 1000;
    const memory = memoryMiB() - before;
    console.log(
      `100 sources: snapshots ${snapshotSeconds.toFixed(1)} s, changes ${changeSeconds.toFixed(1)} s, ` +
        `${connections} connections, ${memory.toFixed(0)} MiB, ${(idleCpu * 100).toFixed(0)}% of a core when idle`,
    );
    expect(connections).toBeLessThanOrEqual(SOURCES * 3);
    expect(memory).toBeLessThan(256);
    for (const [n, { running }] of sources.entries()) {
      if (isDead(n)) expect(running.capture.progress().lastError?.code).toBe('INGEST_CONNECTION_LOST');
    }
    // The silent ones come back by themselves, long before the server would notice (wal_sender_timeout).
    await until('the silent ones', () => sources.every((source, n) => !isSilent(n) || isCaughtUp(source, n)), 60_000);
    await Promise.all(sources.map(({ running }) => running.stop()));
    await proxy.close();
  });
});

function memoryMiB(): number {
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}
