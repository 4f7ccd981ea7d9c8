import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../../runtime/free-port.ts';
import { fetchBrokerJars, lackingForBroker } from './broker-jars.ts';

/** A real Apache Kafka broker, of its own or one that was named. */
export interface TestBroker {
  /** For `brokers`. */
  readonly address: string;
  /** Ends the broker at once, as a crash does. Only for one of its own. */
  kill(): Promise<void>;
  /** Stops reading and writing without closing connections, as a machine that hangs does. */
  freeze(): void;
  thaw(): void;
  /** Starts it again over the same data and at the same address. */
  start(): Promise<void>;
  /** Ends it and removes what it wrote. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;

/** Why `startTestBroker` cannot work here, for a test that is skipped; null when it can. */
export function lackingForTestBroker(): string | null {
  return process.env.KAFKA_BROKERS === undefined ? lackingForBroker() : null;
}

/** True when the broker is ours to kill. */
export function isOwnBroker(): boolean {
  return process.env.KAFKA_BROKERS === undefined;
}

/**
 * One node in KRaft mode over a fresh folder on free ports, ready for requests; `settings` are lines of
 * server.properties. With KAFKA_BROKERS set: those brokers.
 */
export async function startTestBroker(settings: Readonly<Record<string, string>> = {}): Promise<TestBroker> {
  const named = process.env.KAFKA_BROKERS;
  if (named !== undefined) return namedBroker(named);
  const lacking = lackingForBroker();
  if (lacking !== null) throw new Error(lacking);
  const jars = await fetchBrokerJars();
  const folder = mkdtempSync(join(tmpdir(), 'millrace-broker-'));
  const [port = 0, controllerPort = 0] = await freePorts(2);
  const file = join(folder, 'server.properties');
  const properties = { ...propertiesOf(join(folder, 'data'), port, controllerPort), ...settings };
  writeFileSync(
    file,
    Object.entries(properties)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const java = (...args: string[]): string[] => [
    '-Xmx512m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-cp',
    join(jars, '*'),
    ...args,
  ];
  await promisify(execFile)('java', java('kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', file));
  let child: ChildProcess | null = null;

  async function start(): Promise<void> {
    child = spawn('java', java('kafka.Kafka', file), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = createWriteStream(join(folder, 'output.log'), { flags: 'a' });
    child.stdout?.pipe(output);
    child.stderr?.pipe(output);
    await answers(port, child);
  }

  async function kill(): Promise<void> {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once('close', resolve));
    ending.kill('SIGKILL');
    await ended;
  }

  await start();
  return {
    address: `127.0.0.1:${port}`,
    kill,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    start,
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function namedBroker(address: string): TestBroker {
  const notOurs = (): never => {
    throw new Error('KAFKA_BROKERS names brokers that are not ours to stop');
  };
  return {
    address,
    kill: async () => notOurs(),
    freeze: notOurs,
    thaw: notOurs,
    start: async () => notOurs(),
    stop: async () => {},
  };
}

/** 16 bytes in base64url; it only has to be the same each time that a folder is used. */
const CLUSTER_ID = 'TWlsbHJhY2VUZXN0QnJvaw';

function propertiesOf(data: string, port: number, controllerPort: number): Record<string, string> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': data,
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
    'log.cleaner.dedupe.buffer.size': '8388608',
  };
}

/** Resolves when connections are taken; rejects when the process ended or it takes too long. */
async function answers(port: number, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await takesConnections(port))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('the broker ended while it started');
    if (performance.now() > deadline) throw new Error(`the broker does not answer at port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const settle = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
}
