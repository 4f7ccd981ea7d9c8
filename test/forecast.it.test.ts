import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLI, type ReplayedDemo, startReplayedDemo } from './harness/replayed-demo.ts';

/** Purchases of 2,357 customers, to which the literature fits its models; no part of the project. */
const FILE = process.env.CDNOW_SAMPLE_FILE ?? join(import.meta.dirname, '../../shared/data/cdnow/CDNOW_sample.txt');
if (!existsSync(FILE)) console.warn(`skipped: no purchase log at ${FILE} (set CDNOW_SAMPLE_FILE)`);

interface Answer {
  data: Record<string, number | string | null>[];
  meta: {
    fit: { fit: string; fitted_at: string; holdout: Record<string, number> } & Record<string, unknown>;
    spending_fit: Record<string, unknown>;
  };
}

describe.skipIf(!existsSync(FILE))('forecasts of a real purchase log, replayed through the services', () => {
  let folder: string;
  let demo: ReplayedDemo;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-sample-'));
    const log = join(folder, 'sample.txt');
    // The first column is the customer's number among all of CDNOW's, the second the one in the sample.
    const lines = (await readFile(FILE, 'utf8')).split('\n').map((line) => line.trim().replace(/^\d+\s+/, ''));
    await writeFile(log, lines.join('\n'));
    demo = await startReplayedDemo(log);
  });

  afterAll(async () => {
    await demo?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const ask = async (query: string): Promise<{ status: number; body: Answer }> => {
    const response = await fetch(`${demo.ready.api}/v1/reports/customer-forecast${query}`);
    return { status: response.status, body: (await response.json()) as Answer };
  };

  test('there is a forecast soon after the first state, without anybody asking for it', async () => {
    await expect.poll(async () => (await ask('?limit=1')).status, { timeout: 60_000 }).toBe(200);
    const { body } = await ask('?limit=1');
    expect(body.meta.fit).toMatchObject({ model: 'bg_nbd', calibration_end: '1998-06-30', customers: 2357 });
  });

  test('a fit to 39 weeks has the parameters of the literature, and predicts the other 39', async () => {
    const fit = ['forecasts', 'fit', '--until', '1997-09-30', '--data', demo.folder, '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...fit]);
    const known = JSON.parse(stdout) as { fit: string };
    const near = (actual: unknown, expected: Record<string, number>, within: number) => {
      for (const [name, value] of Object.entries(expected)) {
        expect(Math.abs((actual as Record<string, number>)[name]! - value), name).toBeLessThanOrEqual(within);
      }
    };
    const { body } = await ask('?until=1997-09-30&horizon_days=273&limit=10000&order_by=expected_purchases');
    const { fit: buying, spending_fit: spending } = body.meta;
    expect(buying).toMatchObject({ fit: known.fit, calibration_end: '1997-09-30', state: 'usable', customers: 2357 });
    near(buying.parameters, { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 }, 5e-4);
    near(buying, { log_likelihood: -9582.4 }, 0.05);
    expect(spending).toMatchObject({ customers: 946 });
    near(spending.parameters, { p: 6.25, q: 3.74, v: 15.44 }, 5e-3);
    // Bought twice again, last after 30.43 weeks of 38.86.
    const customer = body.data.find((row) => row.purchases === 3 && row.recency_days === 213 && row.age_days === 272);
    expect(customer?.expected_purchases).toBeCloseTo(1.226, 3);
    expect(buying.holdout).toMatchObject({ from: '1997-10-01', to: '1998-06-30', customers: 2357 });
    const { predicted_purchases: predicted, actual_purchases: actual } = buying.holdout as Record<string, number>;
    const sum = body.data.reduce((total, row) => total + Number(row.expected_purchases), 0);
    expect(predicted! / sum).toBeCloseTo(1, 3);
    expect(predicted! / actual!).toBeCloseTo(1, 0);
    const pareto = (await ask('?until=1997-09-30&model=pareto_nbd&limit=1')).body.meta.fit;
    near(pareto.parameters, { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 }, 5e-4);
    near(pareto, { log_likelihood: -9594.98 }, 0.005);
  });
});
