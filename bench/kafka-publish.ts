import { startTestBroker, type TestBroker } from '../changelog/kafka/testing/test-broker.ts';
import { startDebezium } from './debezium.ts';
import { median, type Result, takeTurns } from './figures.ts';
import { startIngestProcess } from './ingest-process.ts';
import { postgresProgram } from './postgres-client.ts';
import { createPublication, openScene, type Scene, sourceOf } from './scene.ts';
import { runReference, writePurchases } from './streaming.ts';

const TARGET = 0.75;
const TARGET_DEBEZIUM = 2.5;
const TARGET_MIB = 256;
const PARTITIONS = 6;

interface Ours {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/**
 * The same WAL, transactions of five rows over one table of ten columns, read by pg_recvlogical into /dev/null, published by
 * ours and by Debezium to one broker. As `streaming`; Debezium, which needs long to start, is timed from its first message on.
 */
export async function benchKafkaPublish(options: {
  rows: number;
  rounds: number;
  nodeOptions: readonly string[];
  onProgress: (text: string) => void;
}): Promise<Result> {
  const { rows, rounds, nodeOptions, onProgress } = options;
  const program = postgresProgram('pg_recvlogical');
  const broker = await startTestBroker();
  const scene = await openScene();
  try {
    for (let round = 1; round <= rounds; round++) await openSlots(scene, broker, round);
    onProgress(`writing ${rows} rows in transactions of 5`);
    await writePurchases(scene, rows, 5);
    const untilLsn = await scene.walEnd();
    const reference: number[] = [];
    const ours: Ours[] = [];
    const debezium: number[] = [];
    const publish = async (round: number): Promise<void> => {
      const source = sourceOf(scene, `round${round}`);
      const { config } = scene.warehouse;
      const part = { log: 'publish', broker: broker.address } as const;
      const ingest = await startIngestProcess({ source, warehouse: config, journal: false, part, nodeOptions });
      const { seconds, cpuSeconds } = await ingest.reach(untilLsn);
      ours.push({ seconds, cpuSeconds, residentBytes: ingest.memoryPeak().residentBytes });
      await ingest.stop();
    };
    for (let round = 1; round <= rounds; round++) {
      const turns = [
        async () => void reference.push(await runReference(scene, program, round, untilLsn)),
        () => publish(round),
        async () => void debezium.push(await runDebezium(scene, broker, round, rows)),
      ];
      await takeTurns(round, turns);
      const speed = (seconds: number | undefined): number => Math.round(rows / (seconds as number));
      onProgress(
        `round ${round}: pg_recvlogical ${speed(reference.at(-1))} rows/s, ` +
          `millrace ${speed(ours.at(-1)?.seconds)} rows/s, Debezium ${speed(debezium.at(-1))} rows/s`,
      );
    }
    const ratios = ours.map(({ seconds }, i) => (reference[i] as number) / seconds);
    const debeziumRatios = ours.map(({ seconds }, i) => (debezium[i] as number) / seconds);
    const [ratio, debeziumRatio] = [median(ratios), median(debeziumRatios)];
    const peakMib = Math.max(...ours.map(({ residentBytes }) => residentBytes)) / 2 ** 20;
    return {
      name: 'Postgres to Kafka',
      figures: {
        rows,
        rounds,
        'pg_recvlogical rows/s': rows / median(reference),
        'millrace rows/s': rows / median(ours.map(({ seconds }) => seconds)),
        'Debezium rows/s': rows / median(debezium),
        'ratio to pg_recvlogical': ratio,
        'by round': ratios.map((value) => value.toFixed(2)).join(' '),
        'ratio to Debezium': debeziumRatio,
        'to Debezium by round': debeziumRatios.map((value) => value.toFixed(2)).join(' '),
        'CPU seconds of ingest': median(ours.map(({ cpuSeconds }) => cpuSeconds)),
        'peak RSS of ingest, MiB': peakMib,
      },
      target: {
        text: `${TARGET} of pg_recvlogical, ${TARGET_DEBEZIUM} of Debezium, peak RSS under ${TARGET_MIB} MiB`,
        reached: ratio >= TARGET && debeziumRatio >= TARGET_DEBEZIUM && peakMib < TARGET_MIB,
      },
    };
  } finally {
    await scene.stop();
    await broker.stop();
  }
}

async function openSlots(scene: Scene, broker: TestBroker, round: number): Promise<void> {
  await createPublication(scene, `round${round}`);
  const ingest = await startIngestProcess({
    source: sourceOf(scene, `round${round}`),
    warehouse: scene.warehouse.config,
    journal: false,
    part: { log: 'publish', broker: broker.address },
  });
  await ingest.reach(await scene.walEnd());
  await ingest.stop();
  for (const name of ['reference', 'debezium']) {
    await scene.database.query(`select pg_create_logical_replication_slot('${name}${round}', 'pgoutput')`);
  }
}

async function runDebezium(scene: Scene, broker: TestBroker, round: number, rows: number): Promise<number> {
  const debezium = await startDebezium({
    url: scene.url,
    broker: broker.address,
    slot: `debezium${round}`,
    publication: `round${round}_publication`,
    partitions: PARTITIONS,
  });
  try {
    return await debezium.secondsFor(rows);
  } finally {
    await debezium.stop();
  }
}
