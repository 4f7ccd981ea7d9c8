import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../ingest/testing/scene.ts';
import { createLogger } from '../../runtime/logger.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import type { Verification } from '../../warehouse/verify/result.ts';
import { openShopUnderTest, type ShopUnderTest } from '../harness/shop-under-test.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const MILLRACE = join(import.meta.dirname, '../../cli/millrace.js');
const TITLE = `seed ${SEED}`;

let shop: ShopUnderTest;
let folder: string;
/** May write, as whoever damages a warehouse. */
let client: ClickHouseClient;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-verify-'));
  shop = await openShopUnderTest({ seed: SEED, connections: 2, interleaving: 'free', systemFolder: folder });
  const warehouse = {
    url: `embedded:${join(folder, 'warehouse')}`,
    port: 0,
    nativePort: 0,
    maxMemoryBytes: 0,
    stateFolder: '',
  };
  client = await connect({
    config: warehouse,
    role: 'millrace',
    logger: createLogger({ name: 'test', level: 'silent' }),
  });
  await shop.differences();
  await until('every table to stream', async () => (await states()).join() === 'streaming', 60_000);
}, 240_000);
afterAll(async () => {
  await client?.close();
  await shop?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function states(): Promise<string[]> {
  const result = await client.query({
    query: "select distinct state from millrace.table_states final where state != 'degraded'",
    format: 'JSONEachRow',
  });
  return (await result.json<{ state: string }>()).map(({ state }) => state);
}

interface Answer {
  readonly code: number;
  readonly equal: boolean;
  readonly results: readonly Verification[];
  readonly stderr: string;
}

async function verify(...argv: string[]): Promise<Answer> {
  const config = join(folder, 'millrace.yaml');
  return new Promise((resolve) => {
    const all = [MILLRACE, 'verify', '--config', config, '--json', ...argv];
    execFile(process.execPath, all, { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code);
      const answer =
        stdout === '' ? { equal: false, results: [] } : (JSON.parse(stdout) as Omit<Answer, 'code' | 'stderr'>);
      resolve({ ...answer, code, stderr });
    });
  });
}

/** What is not simply equal. */
function found({ results }: Answer): unknown[] {
  return results
    .filter(({ outcome }) => outcome !== 'equal')
    .map(({ source, name, outcome, differing, repaired, undecided, examples, code, detail }) => {
      const kinds = examples
        .map(({ kind, columns }) => [kind, ...columns.map(({ column }) => column)].join(' '))
        .sort();
      return {
        name: source === '' ? name : `${source}.${name}`,
        outcome,
        differing,
        repaired,
        undecided,
        kinds,
        code,
        detail,
      };
    });
}

test(`reports nothing on a busy system (${TITLE})`, { timeout: 240_000 }, async () => {
  const working = new AbortController();
  const busy = (async () => {
    while (!working.signal.aborted) await shop.workload.run({ steps: 20 });
  })();
  const answer = await verify('--source', 'order');
  working.abort();
  await busy;
  expect(answer.results.filter(({ outcome }) => outcome !== 'equal' && outcome !== 'undecided')).toEqual([]);
  expect(answer.results.length).toBeGreaterThan(3);
});

test(`repairs rows of a replica, and the models follow (${TITLE})`, { timeout: 240_000 }, async () => {
  const spoil = (values: string, id: string): Promise<unknown> =>
    client.command({
      query: `
        insert into raw.order__order_items select * replace (${values})
        from (select * from raw.order__order_items final where id = (select ${id}(id) from raw.order__order_items final))`,
    });
  // What is still on its way would put it right.
  expect(await shop.differences()).toEqual([]);
  await spoil('gross_amount + 1000 as gross_amount, _version + 1 as _version', 'min');
  await spoil('_version + 1 as _version, 1 as _deleted', 'max');
  const answer = await verify('--table', 'order.order_items', '--show-values');
  expect(answer.code).toBe(1);
  expect(found(answer)).toMatchObject([
    {
      name: 'order.public.order_items',
      differing: 2,
      kinds: ['changed gross_amount', expect.stringMatching(/^missing/)],
    },
  ]);
  expect(found(await verify('--table', 'order.order_items', '--repair'))).toMatchObject([{ repaired: 2 }]);
  const all = await verify();
  expect(found(all)).toEqual([]);
  expect(all).toMatchObject({ code: 0, equal: true });
  expect(await shop.differences()).toEqual([]);
  const lag = (await (await fetch(`${shop.system().api}/v1/lag`)).json()) as { data: object[]; meta: object };
  expect(lag.data).toContainEqual(
    expect.objectContaining({ source: 'order', verification: expect.objectContaining({ differing: 0, skipped: 0 }) }),
  );
  expect(lag.meta).toMatchObject({ models_verification: { differing: 0, undecided: 0 } });
});

test('goes on round after round until it is ended, and tells each result', async () => {
  const argv = ['verify', '--config', join(folder, 'millrace.yaml'), '--source', 'order', '--continuous', '--json'];
  const child = spawn(process.execPath, [MILLRACE, ...argv, '--budget', '1'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<Record<string, string>> => JSON.parse((await lines.next()).value as string);
  const { event, metrics } = await next();
  expect(event).toBe('ready');
  expect(await next()).toMatchObject({ source: 'order', kind: 'replica', outcome: 'equal' });
  const text = await (await fetch(metrics as string)).text();
  expect(text).toMatch(/^millrace_verify_differing_rows\{kind="replica",source="order",name="public\.\w+"\} 0$/m);
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});

test('says what it does not know', async () => {
  const [source, table, model, budget] = await Promise.all([
    verify('--source', 'nobody'),
    verify('--table', 'order.nothing'),
    verify('--model', 'nothing'),
    verify('--budget', '2'),
  ]);
  expect(source).toMatchObject({ code: 2, stderr: expect.stringContaining('CLI_SOURCE_UNKNOWN') });
  expect(table).toMatchObject({ code: 2, stderr: expect.stringContaining('order.orders') });
  expect(model).toMatchObject({ code: 2, stderr: expect.stringContaining('sales_fact') });
  expect(budget).toMatchObject({ code: 2 });
});
