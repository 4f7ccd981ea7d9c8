import { startTestBroker } from '../changelog/kafka/testing/test-broker.ts';
import { queryText } from '../warehouse/testing/temporary-warehouse.ts';
import { median, type Result, takeTurns } from './figures.ts';
import { startIngestProcess } from './ingest-process.ts';
import { createPublication, openScene, type Scene, sourceOf, verifyRows } from './scene.ts';
import { writePurchases } from './streaming.ts';

const TARGET = 3;

/**
 * One topic of streamed changes, published before, into a replica: by one loader of ours, and by ClickHouse's own Kafka
 * engine with a materialized view over the same messages. Each is timed from its start until all rows are there.
 */
export async function benchKafkaLoad(options: {
  rows: number;
  rounds: number;
  nodeOptions: readonly string[];
  onProgress: (text: string) => void;
}): Promise<Result> {
  const { rows, rounds, nodeOptions, onProgress } = options;
  const broker = await startTestBroker();
  const scene = await openScene();
  try {
    await createPublication(scene, 'bench');
    const source = sourceOf(scene, 'bench');
    const { config, client } = scene.warehouse;
    const part = { log: 'publish', broker: broker.address } as const;
    const publisher = await startIngestProcess({ source, warehouse: config, journal: false, part });
    await publisher.reach(await scene.walEnd());
    onProgress(`writing and publishing ${rows} rows in transactions of 5`);
    await writePurchases(scene, rows, 5);
    const untilLsn = await scene.walEnd();
    await publisher.reach(untilLsn);
    await publisher.stop();
    const ours: { seconds: number; cpuSeconds: number; residentBytes: number }[] = [];
    const engine: number[] = [];
    const load = async (): Promise<void> => {
      const loading = { log: 'load', broker: broker.address } as const;
      const loader = await startIngestProcess({
        source,
        warehouse: config,
        journal: false,
        part: loading,
        nodeOptions,
      });
      const { seconds, cpuSeconds } = await loader.reach(untilLsn);
      ours.push({ seconds, cpuSeconds, residentBytes: loader.memoryPeak().residentBytes });
      await loader.stop();
      await verifyRows(scene, 'bench', rows);
      await client.command({ query: 'drop table raw.bench__purchases sync' });
      await client.command({ query: 'truncate table millrace.loader_progress' });
      await client.command({ query: 'truncate table millrace.positions' });
      await client.command({ query: 'truncate table millrace.capture_states' });
    };
    for (let round = 1; round <= rounds; round++) {
      const turns = [load, async () => void engine.push(await runEngine(scene, broker.address, round, rows))];
      await takeTurns(round, turns);
      onProgress(
        `round ${round}: Kafka engine ${Math.round(rows / (engine.at(-1) as number))} rows/s, ` +
          `millrace ${Math.round(rows / (ours.at(-1)?.seconds as number))} rows/s`,
      );
    }
    const ratios = ours.map(({ seconds }, i) => (engine[i] as number) / seconds);
    const ratio = median(ratios);
    return {
      name: 'Kafka to replicas',
      figures: {
        rows,
        rounds,
        'Kafka engine rows/s': rows / median(engine),
        'millrace rows/s': rows / median(ours.map(({ seconds }) => seconds)),
        ratio,
        'ratio by round': ratios.map((value) => value.toFixed(2)).join(' '),
        'CPU seconds of the loader': median(ours.map(({ cpuSeconds }) => cpuSeconds)),
        'peak RSS of the loader, MiB': Math.max(...ours.map(({ residentBytes }) => residentBytes)) / 2 ** 20,
      },
      target: { text: `ratio of at least ${TARGET}`, reached: ratio >= TARGET },
    };
  } finally {
    await scene.stop();
    await broker.stop();
  }
}

/** The columns as the replica has them, out of `after`; version and deletion as whoever sets this up by hand would have them. */
async function runEngine(scene: Scene, broker: string, round: number, rows: number): Promise<number> {
  const { client } = scene.warehouse;
  const run = async (query: string): Promise<void> => void (await client.command({ query }));
  await run('create database if not exists engine');
  await run(`
    create table engine.purchases (id Int64, customer_id Int64, product_id Int32, quantity Int32, unit_price Decimal(12, 2),
      status String, channel String, gift Bool, placed_at DateTime64(6, 'UTC'), note String, _version UInt64, _deleted UInt8)
    engine = ReplacingMergeTree(_version, _deleted) order by id`);
  await run(`
    create table engine.queue (op String, source Tuple(lsn UInt64), after Tuple(id Int64, customer_id Int64, product_id Int32,
      quantity Int32, unit_price Decimal(12, 2), status String, channel String, gift Bool, placed_at DateTime64(6, 'UTC'),
      note String))
    engine = Kafka
    settings kafka_broker_list = '${broker}', kafka_topic_list = 'bench.purchases', kafka_group_name = 'engine${round}',
      kafka_format = 'JSONEachRow', kafka_num_consumers = 2, kafka_thread_per_consumer = 1, kafka_max_block_size = 262144,
      input_format_skip_unknown_fields = 1, date_time_input_format = 'best_effort', kafka_skip_broken_messages = 0`);
  const startedAt = performance.now();
  await run(`
    create materialized view engine.feed to engine.purchases as
    select after.id as id, after.customer_id as customer_id, after.product_id as product_id, after.quantity as quantity,
      after.unit_price as unit_price, after.status as status, after.channel as channel, after.gift as gift,
      after.placed_at as placed_at, after.note as note, source.lsn as _version, op = 'd' as _deleted
    from engine.queue`);
  const count = async (): Promise<number> => Number(await queryText(client, 'select count() from engine.purchases'));
  while ((await count()) < rows) await new Promise((resolve) => setTimeout(resolve, 20));
  const seconds = (performance.now() - startedAt) / 1000;
  await run('drop database engine sync');
  return seconds;
}
