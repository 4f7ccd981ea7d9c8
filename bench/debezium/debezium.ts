import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchJars } from '../../changelog/kafka/broker/maven-jars.ts';
import { createKafkajsClient } from '../../changelog/kafka/client/kafkajs-client.ts';
import { freePort } from '../../runtime/free-port.ts';
import { createLogger } from '../../runtime/logger.ts';

/** A real Debezium on Kafka Connect, standalone, over a slot that exists. */
export interface Debezium {
  /** Time for so many messages at the speed from the first one that was seen to the last. */
  secondsFor(messages: number): Promise<number>;
  stop(): Promise<void>;
}

const POLL_MS = 50;
const START_TIMEOUT_MS = 180_000;

export async function startDebezium(options: {
  url: string;
  broker: string;
  slot: string;
  publication: string;
  partitions: number;
}): Promise<Debezium> {
  const { url, broker, slot, publication, partitions } = options;
  const jars = await fetchJars({ name: 'debezium', pom: join(import.meta.dirname, 'pom.xml') });
  const folder = mkdtempSync(join(tmpdir(), 'millrace-debezium-'));
  const { hostname, port, username, password, pathname } = new URL(url);
  const worker = {
    'bootstrap.servers': broker,
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'key.converter.schemas.enable': 'false',
    'value.converter.schemas.enable': 'false',
    'offset.storage.file.filename': join(folder, 'offsets'),
    'offset.flush.interval.ms': '1000',
    'plugin.discovery': 'only_scan',
    listeners: `http://127.0.0.1:${await freePort()}`,
    // Tuned: large batches, few waits.
    'producer.linger.ms': '20',
    'producer.batch.size': '524288',
    'producer.buffer.memory': '134217728',
    'producer.compression.type': 'lz4',
  };
  const connector = {
    name: slot,
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'database.hostname': hostname,
    'database.port': port,
    'database.user': decodeURIComponent(username),
    'database.password': decodeURIComponent(password),
    'database.dbname': pathname.slice(1),
    'topic.prefix': slot,
    'plugin.name': 'pgoutput',
    'slot.name': slot,
    'publication.name': publication,
    'publication.autocreate.mode': 'disabled',
    'snapshot.mode': 'no_data',
    'decimal.handling.mode': 'string',
    'max.batch.size': '16384',
    'max.queue.size': '65536',
    'poll.interval.ms': '20',
    'topic.creation.default.partitions': String(partitions),
    'topic.creation.default.replication.factor': '1',
  };
  const files = Object.entries({ worker, connector }).map(([name, properties]) => {
    const file = join(folder, `${name}.properties`);
    writeFileSync(
      file,
      Object.entries(properties)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    );
    return file;
  });
  const program = 'org.apache.kafka.connect.cli.ConnectStandalone';
  const child = spawn('java', ['-Xmx2g', '-cp', join(jars, '*'), program, ...files], { cwd: folder });
  const output = createWriteStream(join(folder, 'output.log'));
  child.stdout.pipe(output);
  child.stderr.pipe(output);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const logger = createLogger({ name: 'bench', level: 'silent' });
  const client = createKafkajsClient({ connection: { brokers: [broker], clientId: 'bench' }, logger });
  const topic = `${slot}.public.purchases`;

  async function count(): Promise<number> {
    const offsets = await client.offsets(topic).catch(() => []);
    return offsets.reduce((sum, { next }) => sum + Number(next), 0);
  }

  return {
    async secondsFor(messages) {
      const deadline = performance.now() + START_TIMEOUT_MS;
      let first = 0;
      while (first === 0) {
        if (child.exitCode !== null || performance.now() > deadline) {
          throw new Error(`Debezium published nothing; its output is in ${folder}`);
        }
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        first = await count();
      }
      const startedAt = performance.now();
      while ((await count()) < messages) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      return ((performance.now() - startedAt) / 1000) * (messages / (messages - first));
    },
    async stop() {
      await client.close();
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
