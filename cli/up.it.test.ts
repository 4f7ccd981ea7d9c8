import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Company, startCompany } from '../demo/company.ts';
import { createLogger } from '../runtime/logger.ts';

const MILLRACE = fileURLToPath(new URL('./millrace.js', import.meta.url));
let folder: string;
const started: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-up-'));
});

afterAll(async () => {
  for (const child of started) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

function millrace(argv: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [MILLRACE, ...argv], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...env },
  });
  started.push(child);
  return child;
}

async function finished(...argv: string[]): Promise<{ code: number; stderr: string }> {
  const child = millrace(argv);
  let stderr = '';
  child.stderr!.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, stderr };
}

test.each([
  ['an unknown command', ['bogus']],
  ['an unknown option', ['up', '--bogus']],
  ['a rate that is no number', ['demo', '--rate', 'fast']],
  ['a duration without a unit', ['demo', '--for', '30']],
  ['a port that is none', ['demo', '--port', '70000']],
  ['no configuration', ['up']],
])('exits with 2 for %s', async (_, argv) => {
  const { code, stderr } = await finished(...argv);
  expect(code).toBe(2);
  expect(stderr).not.toBe('');
});

test('lists all errors of the configuration', async () => {
  writeFileSync(join(folder, 'wrong.yaml'), 'sources: [{ nmae: x, url: "mysql://h/d" }]\napi: { port: many }\n');
  const { code, stderr } = await finished('up', '--config', 'wrong.yaml');
  expect(code).toBe(2);
  for (const text of ['did you mean name?', 'sources[0].url', 'api.port']) expect(stderr).toContain(text);
});

test('takes over the databases of a configuration and answers reports on them', async () => {
  const company: Company = await startCompany({
    folder: join(folder, 'company'),
    seed: 7,
    historyOrders: 200,
    historyCustomers: 40,
    logger: createLogger({ name: 'company', level: 'silent' }),
  });
  try {
    const sources = company.sourceConfigs();
    writeFileSync(
      join(folder, 'millrace.yaml'),
      `warehouse: { port: 0, native_port: 0, max_memory: 1GiB }
sources:
${sources.map(({ name }) => `  - { name: ${name}, url: "\${${name.toUpperCase()}_URL}" }`).join('\n')}
models: dbt-like-models
api: { port: 0 }
`,
    );
    const env = Object.fromEntries(sources.map(({ name, url }) => [`${name.toUpperCase()}_URL`, url]));
    const up = millrace(['up', '--log-level', 'error'], env);
    const [line] = (await once(createInterface(up.stdout!), 'line')) as [string];
    const ready = JSON.parse(line) as { event: string; api: string; sources: Record<string, string> };
    expect(ready.event).toBe('ready');
    for (const { name, url } of sources) {
      expect(ready.sources[name]).toContain('millrace_replicator');
      expect(line).not.toContain(new URL(url).password);
    }
    const deadline = Date.now() + 60_000;
    let rows = 0;
    while (rows === 0 && Date.now() < deadline) {
      const report = await fetch(`${ready.api}/v1/reports/customer-ltv?top=5`);
      rows = report.ok ? ((await report.json()) as { data: unknown[] }).data.length : 0;
      if (!report.ok) await report.text();
      await delay(100);
    }
    expect(rows).toBe(5);
    const metrics = await (await fetch(`${ready.api}/metrics`)).text();
    for (const part of ['ingest', 'models']) expect(metrics).toContain(`millrace_part_up{part="${part}"} 1`);
    expect(metrics).toMatch(/millrace_ingest_snapshot_rows_total\{source="order",part="ingest"\} [1-9]/);
    expect(metrics).toMatch(/millrace_models_batch_seconds_count\{part="models"\} \d/);
    up.kill('SIGTERM');
    const [code] = (await once(up, 'exit')) as [number];
    expect(code).toBe(0);
  } finally {
    await company.stop();
  }
});
