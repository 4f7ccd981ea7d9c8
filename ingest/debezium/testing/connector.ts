import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchJars } from '../../../changelog/kafka/broker/maven-jars.ts';
import { freePort } from '../../../runtime/free-port.ts';

const POM = join(import.meta.dirname, 'pom.xml');

/** A real Debezium on Kafka Connect, standalone. */
export interface Connector {
  /** Begins, or goes on from where its offsets say. */
  start(): void;
  /** SIGKILL: what it had not noted is sent again. */
  kill(): Promise<void>;
  /** False once it has ended. */
  isRunning(): boolean;
  /** Of its output, the end. */
  output(): string;
  /** Ends it and removes what it wrote. */
  remove(): Promise<void>;
}

export async function prepareConnector(options: {
  url: string;
  broker: string;
  prefix: string;
  /** Its own name as well. */
  slot: string;
  publication: string;
  /** Partitions of tables' topics. */
  partitions: number;
  /** Properties of the connector besides, and of the worker that runs it. */
  properties?: Readonly<Record<string, string>>;
  worker?: Readonly<Record<string, string>>;
  /** Options of `java`. */
  jvm: readonly string[];
}): Promise<Connector> {
  const { url, broker, prefix, slot, publication, partitions, properties = {}, jvm } = options;
  const jars = await fetchJars({ name: 'debezium', pom: POM });
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
    ...options.worker,
  };
  const connector = {
    name: slot,
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'database.hostname': hostname,
    'database.port': port,
    'database.user': decodeURIComponent(username),
    'database.password': decodeURIComponent(password),
    'database.dbname': pathname.slice(1),
    'topic.prefix': prefix,
    'plugin.name': 'pgoutput',
    'slot.name': slot,
    'publication.name': publication,
    'poll.interval.ms': '20',
    'topic.creation.default.partitions': String(partitions),
    'topic.creation.default.replication.factor': '1',
    ...properties,
  };
  const files = Object.entries({ worker, connector }).map(([name, lines]) => {
    const file = join(folder, `${name}.properties`);
    writeFileSync(
      file,
      Object.entries(lines)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    );
    return file;
  });
  const log = join(folder, 'output.log');
  let child: ChildProcess | null = null;
  let ended: Promise<void> = Promise.resolve();

  async function kill(): Promise<void> {
    child?.kill('SIGKILL');
    await ended;
    child = null;
  }

  return {
    start() {
      const program = 'org.apache.kafka.connect.cli.ConnectStandalone';
      const started = spawn('java', [...jvm, '-cp', join(jars, '*'), program, ...files], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const output = createWriteStream(log, { flags: 'a' });
      started.stdout.pipe(output);
      started.stderr.pipe(output);
      ended = new Promise((resolve) => started.once('close', () => resolve()));
      child = started;
    },
    kill,
    isRunning: () => child !== null && child.exitCode === null && child.signalCode === null,
    output: () => readFileSync(log, 'utf8').slice(-4000),
    async remove() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
