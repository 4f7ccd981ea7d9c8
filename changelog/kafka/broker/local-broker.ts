import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../../runtime/free-port.ts';
import { brokerProperties, CLUSTER_ID } from './broker-properties.ts';
import { fetchJars, type JavaProgram, lackingFor } from './maven-jars.ts';

export interface LocalBrokerOptions {
  /** Everything of this broker: `data`, `server.properties`, `output.log`. Made if missing; what it holds is kept. */
  readonly folder: string;
  /** Where it answers, on loopback. */
  readonly port: number;
  /** Lines of server.properties beside, or instead of, ours. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** One Apache Kafka node in KRaft mode, as a process of its own. */
export interface LocalBroker {
  /** For `brokers`. */
  readonly address: string;
  /** Undefined while it does not run. */
  pid(): number | undefined;
  /** Resolves when it takes connections. Rejects when it ends, or does not answer in time. */
  start(): Promise<void>;
  /** Ends it in order. */
  stop(): Promise<void>;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  /** Resolves when the process of the last start has ended, for whatever reason. */
  ended(): Promise<void>;
  /** Arguments of `java` for another of Kafka's programs. */
  command(main: string): string[];
}

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 15_000;

const BROKER: JavaProgram = { name: 'broker', pom: join(import.meta.dirname, 'pom.xml') };

/** Why no broker can be run on this machine; null when one can. */
export function lackingForBroker(): string | null {
  return lackingFor(BROKER);
}

/** Prepares the broker's folder. It does not run yet. Throws when something is lacking that it needs. */
export async function prepareLocalBroker({ folder, port, settings = {} }: LocalBrokerOptions): Promise<LocalBroker> {
  const lacking = lackingForBroker();
  if (lacking !== null) throw new Error(lacking);
  const jars = await fetchJars(BROKER);
  const data = join(folder, 'data');
  const file = join(folder, 'server.properties');
  mkdirSync(folder, { recursive: true });
  const properties = { ...brokerProperties({ data, host: HOST, port, controllerPort: await freePort() }), ...settings };
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(file, lines.join(''));
  const java = (...args: string[]): string[] => [...JVM, '-cp', join(jars, '*'), ...args];
  if (!existsSync(join(data, 'meta.properties'))) {
    await promisify(execFile)('java', java('kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', file));
  }
  let child: ChildProcess | null = null;
  let ended: Promise<void> = Promise.resolve();

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (child === null) return;
    child.kill(signal);
    const timer = setTimeout(() => child?.kill('SIGKILL'), STOP_GRACE_MS);
    await ended;
    clearTimeout(timer);
  }

  return {
    address: `${HOST}:${port}`,
    pid: () => child?.pid,
    async start() {
      const output = openSync(join(folder, 'output.log'), 'a');
      // A group of its own: a terminal's Ctrl-C is for the parent, which stops its writers first.
      const started = spawn('java', java('kafka.Kafka', file), {
        cwd: folder,
        stdio: ['ignore', output, output],
        detached: true,
      });
      closeSync(output);
      child = started;
      const endWithUs = (): void => void started.kill('SIGKILL');
      process.once('exit', endWithUs);
      ended = new Promise((resolve) => {
        const settle = (): void => {
          process.off('exit', endWithUs);
          if (child === started) child = null;
          resolve();
        };
        started.once('exit', settle).once('error', settle);
      });
      await answers(port, () => child === started);
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    ended: () => ended,
    command: (main) => java(main),
  };
}

const JVM = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** Resolves when connections are taken; rejects when the process ended or it takes too long. */
async function answers(port: number, isRunning: () => boolean): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await takesConnections(port))) {
    if (!isRunning()) throw new Error('the broker ended while it started: see the end of its output.log');
    if (performance.now() > deadline) throw new Error(`the broker does not answer at port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port });
    const settle = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
}
