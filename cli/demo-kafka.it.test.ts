import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lackingForTestBroker } from '../changelog/kafka/testing/test-broker.ts';
import { until } from '../ingest/testing/scene.ts';
import type { ProcessIdentity } from '../runtime/process-identity.ts';

const MILLRACE = fileURLToPath(new URL('./millrace.js', import.meta.url));
const lacking = lackingForTestBroker();
const title = lacking === null ? 'the demo over Kafka' : `the demo over Kafka (skipped: ${lacking})`;

let folder: string;
let demo: ChildProcess | null = null;

async function start(...options: string[]): Promise<{ api: string }> {
  const argv = [MILLRACE, 'demo', '--kafka', '--json', '--port', '0', '--log-level', 'error', '--data', folder];
  demo = spawn(process.execPath, [...argv, ...options], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const [line] = (await once(createInterface(demo.stdout!), 'line')) as [string];
  return JSON.parse(line) as { api: string };
}

async function stop(): Promise<number | null> {
  const running = demo;
  demo = null;
  if (running === null) return null;
  running.kill('SIGINT');
  const [code] = (await once(running, 'exit')) as [number | null];
  return code;
}

async function watermark(api: string): Promise<number> {
  const answer = await fetch(`${api}/v1/lag`).catch(() => null);
  const body = answer === null ? null : ((await answer.json()) as { meta?: { watermark: number | null } });
  return body?.meta?.watermark ?? 0;
}

async function metric(api: string, name: string): Promise<number> {
  const text = await (await fetch(`${api}/metrics`)).text();
  const values = text.split('\n').filter((line) => line.startsWith(`${name}{`));
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

describe.skipIf(lacking !== null)(title, () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-demo-kafka-'));
  });
  afterAll(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('publishes through a real broker, goes on when that is killed, and where it was when it is started again', async () => {
    const first = await start('--rate', '200');
    const started = await watermark(first.api);
    await until('a later watermark', async () => (await watermark(first.api)) > started, 60_000);
    expect(await metric(first.api, 'millrace_kafka_published_messages_total')).toBeGreaterThan(100_000);
    expect(await metric(first.api, 'millrace_loader_rows_total')).toBeGreaterThan(100_000);
    expect(await metric(first.api, 'millrace_loader_rejected_messages_total')).toBe(0);
    if (process.env.KAFKA_BROKERS === undefined) {
      const { pid } = JSON.parse(readFileSync(join(folder, 'broker', 'broker.pid'), 'utf8')) as ProcessIdentity;
      process.kill(pid, 'SIGKILL');
      const killed = await watermark(first.api);
      await until('a watermark after the broker died', async () => (await watermark(first.api)) > killed + 1, 90_000);
    }
    const last = await watermark(first.api);
    expect(await stop()).toBe(0);
    const again = await start('--rate', '0');
    expect(await watermark(again.api)).toBeGreaterThanOrEqual(last);
    expect(await stop()).toBe(0);
  }, 300_000);
});
