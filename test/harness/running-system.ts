import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { stringify } from 'yaml';
import type { Config, SourceConfig } from '../../runtime/config/config.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const READY_MS = 90_000;

/** `millrace up` as a user starts it: a process tree of its own, found again by what it prints. */
export interface RunningSystem {
  readonly api: string;
  /** As user `reader`. */
  readonly client: ClickHouseClient;
  /** Pid of a part, as the operating system shows it now; undefined while it is being restarted. */
  pid(part: SystemPart): number | undefined;
  /** SIGKILL for the supervisor and everything below it. */
  killAll(): Promise<void>;
  /** SIGTERM, and waits for the drain. Answers the exit code. */
  stop(): Promise<number | null>;
  log(): string;
}

export type SystemPart = 'ingest' | 'models' | 'api' | 'warehouse';

export async function startSystem(options: {
  folder: string;
  sources: readonly SourceConfig[];
  /** Default: direct. */
  log?: Config['log'];
}): Promise<RunningSystem> {
  const { folder, sources, log: changeLog = 'direct' } = options;
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'millrace.yaml');
  writeFileSync(
    path,
    stringify({
      warehouse: { url: `embedded:${join(folder, 'warehouse')}`, port: 0 },
      log: changeLog,
      sources: sources.map(({ name, url, schemas }) => ({ name, url, schemas: [...schemas], tables: ['*'] })),
      models: join(REPOSITORY, 'dbt-like-models'),
      api: { port: 0 },
    }),
  );
  const child = spawn(process.execPath, [join(REPOSITORY, 'cli/millrace.js'), 'up', '--config', path, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-200_000);
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const ready = await readyLine(child, exited, () => log);
  const url = new URL(ready.warehouse);
  const client = createClient({
    url: url.origin,
    username: url.username,
    password: url.password,
    keep_alive: { enabled: false },
    log: { level: ClickHouseLogLevel.OFF },
  });
  const supervisor = child.pid as number;
  return {
    api: ready.api,
    client,
    pid: (part) => descendants(supervisor).find(({ command }) => command.includes(COMMANDS[part]))?.pid,
    async killAll() {
      for (const pid of [supervisor, ...descendants(supervisor).map((process) => process.pid)]) kill(pid);
      await exited;
      await client.close();
    },
    async stop() {
      child.kill('SIGTERM');
      const code = await exited;
      await client.close();
      return code;
    },
    log: () => log,
  };
}

const COMMANDS: Readonly<Record<SystemPart, string>> = {
  ingest: 'child.ts ingest',
  models: 'child.ts models',
  api: 'child.ts api',
  warehouse: 'server-process.ts',
};

function readyLine(
  child: ChildProcess,
  exited: Promise<number | null>,
  log: () => string,
): Promise<{ api: string; warehouse: string }> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`not ready after ${READY_MS} ms\n${log().slice(-4000)}`)),
      READY_MS,
    );
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      for (const line of text.split('\n')) {
        if (!line.includes('"ready"') || !line.endsWith('}')) continue;
        clearTimeout(timer);
        resolve(JSON.parse(line) as { api: string; warehouse: string });
      }
    });
    void exited.then((code) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${code} before it was ready\n${log().slice(-4000)}`));
    });
  });
}

export function kill(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Every process below one, from /proc. */
function descendants(root: number): { pid: number; command: string }[] {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        const command = readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
        return [{ pid: Number(name), parent, command }];
      } catch {
        return []; // It ended while we looked.
      }
    });
  const found: { pid: number; command: string }[] = [];
  for (const queue = [root]; queue.length > 0; ) {
    const parent = queue.pop();
    for (const process of processes) {
      if (process.parent !== parent) continue;
      found.push({ pid: process.pid, command: process.command });
      queue.push(process.pid);
    }
  }
  return found;
}
