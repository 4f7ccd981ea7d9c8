import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../ingest/testing/scene.ts';
import { ensureBookkeeping } from '../warehouse/load/bookkeeping.ts';
import { queryText } from '../warehouse/testing/temporary-warehouse.ts';
import { startIngest } from './workload/ingest-under-test.ts';
import { openStage, type Stage } from './workload/stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => stage.stop());

const ROWS = 3_000;
const CHUNK_BLOCKS = 8;
const CONNECTIONS = 2;
const KILLS = 6;

test('a snapshot that is killed at every third chunk copies what is missing, and little twice', async () => {
  const url = await stage.postgres.createDatabase('resumed');
  const client = await stage.postgres.connect('resumed');
  await client.query(`
    create table plain (id int primary key, v text);
    insert into plain select n, repeat('v', 500) from generate_series(1, ${ROWS}) n;
    create table parted (id int, day date, v text, primary key (id, day)) partition by range (day);
    create table parted_1 partition of parted for values from ('2026-01-01') to ('2026-02-01');
    create table parted_2 partition of parted for values from ('2026-02-01') to ('2026-03-01');
    insert into parted select n, '2026-01-01'::date + n % 50, repeat('p', 500) from generate_series(1, 500) n;
    create publication resumed_publication for all tables with (publish_via_partition_root = true)`);
  await ensureBookkeeping(stage.warehouse.client);
  // What is inserted twice must not be merged away before it was counted.
  await stage.warehouse.client.command({ query: 'system stop merges' });
  const killed = 'ingest.chunk-copied=kill@3';
  const ingest = startIngest({
    source: 'resumed',
    url,
    warehouse: stage.warehouse.config,
    timing: { chunkBlocks: CHUNK_BLOCKS },
    snapshotConnections: CONNECTIONS,
    logLevel: 'error',
    failpoint: killed,
  });
  for (let kills = 1; kills < KILLS; kills++) ingest.arm(killed);
  const count = async (query: string): Promise<number> => Number(await queryText(stage.warehouse.client, query));
  let deaths = 0;
  await until(
    'the snapshot to be complete',
    async () => {
      // Rows change between.
      if (ingest.deaths() > deaths) {
        deaths = ingest.deaths();
        await client.query(`update plain set v = 'changed' where id % 250 = ${deaths}`);
      }
      const done =
        "select count() from millrace.capture_states final where source = 'resumed' and consistent_lsn <> ''";
      return (await count(done)) === 1;
    },
    100_000,
  );
  const changed = await client.query("select id from plain where v = 'changed'");
  await until('the changes', async () => {
    const found = await count("select count() from raw.resumed__plain final where v = 'changed'");
    return found === changed.rows.length;
  });
  await ingest.stop();
  expect(await count('select count() from raw.resumed__plain final')).toBe(ROWS);
  expect(await count('select count() from raw.resumed__parted final')).toBe(500);
  expect(ingest.ends().filter((end) => end === 'SIGKILL').length).toBeGreaterThanOrEqual(KILLS - 1);
  // Snapshot rows have ordinal 0.
  const copied = await count(
    'select count() from raw.resumed__plain where bitAnd(_version, toUInt128(4294967295)) = 0',
  );
  const rowsOfChunk = CHUNK_BLOCKS * 16;
  // A row that changed meanwhile lies behind the blocks by then, and comes by the stream alone.
  expect(copied).toBeGreaterThanOrEqual(ROWS - changed.rows.length);
  // Of each process what was read or on its way to the disk: two chunks a connection.
  expect(copied - ROWS).toBeLessThanOrEqual(deaths * CONNECTIONS * 3 * rowsOfChunk);
  await stage.warehouse.client.command({ query: 'system start merges' });
}, 120_000);
