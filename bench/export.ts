import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startFixtureWarehouse } from '../api/fixture/fixture-warehouse.ts';
import { WIDE_QUESTION, wideCube } from '../api/fixture/wide-cube.ts';
import type { Result } from './figures.ts';
import { statusBytes } from './process-usage.ts';

const MIB = 2 ** 20;
const TARGET_MIB = 64;
const SAMPLE_MS = 20;
/** Exports before it is measured: what Node takes once for its own code and buffers. */
const WARM_ROWS = 50_000;
const KINDS = [
  { format: 'csv', encoding: 'identity' },
  { format: 'parquet', encoding: 'identity' },
  { format: 'csv', encoding: 'zstd' },
] as const;

type Kind = (typeof KINDS)[number];

/** How the API's memory grows while a question about a cube is answered with so many rows as a file. */
export async function benchExport(options: { rows: number; onProgress: (text: string) => void }): Promise<Result> {
  const { rows, onProgress } = options;
  const warehouse = await startFixtureWarehouse();
  try {
    await warehouse.run(...wideCube(rows));
    await warehouse.publish(1);
    const figures: Record<string, number> = { rows };
    let worstMib = 0;
    for (const kind of KINDS) {
      const name = kind.encoding === 'identity' ? kind.format : `${kind.format} as ${kind.encoding}`;
      onProgress(name);
      const child = fork(fileURLToPath(new URL('./export-child.ts', import.meta.url)), [
        warehouse.url.replace('//', `//reader:${warehouse.readerPassword}@`),
      ]);
      try {
        const [url] = (await once(child, 'message')) as [string];
        await download(url, kind, WARM_ROWS);
        const { bytes, seconds, grownBytes } = await measured(child, () => download(url, kind, rows));
        worstMib = Math.max(worstMib, grownBytes / MIB);
        figures[`${name}, MiB`] = bytes / MIB;
        figures[`${name}, rows/s`] = rows / seconds;
        figures[`${name}, growth of the API (RSS), MiB`] = grownBytes / MIB;
      } finally {
        child.disconnect();
        await once(child, 'exit');
      }
    }
    return {
      name: 'a cube question as a file, streamed',
      figures,
      target: { text: `the API grows by less than ${TARGET_MIB} MiB`, reached: worstMib < TARGET_MIB },
    };
  } finally {
    await warehouse.stop();
  }
}

async function measured<T>(child: ChildProcess, work: () => Promise<T>): Promise<T & { grownBytes: number }> {
  const pid = child.pid as number;
  const before = statusBytes(pid, 'VmRSS');
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, statusBytes(pid, 'VmRSS'));
  }, SAMPLE_MS);
  try {
    return { ...(await work()), grownBytes: peak - before };
  } finally {
    clearInterval(timer);
  }
}

/** Reads all of it; throws when it is not whole. */
async function download(
  url: string,
  { format, encoding }: Kind,
  rows: number,
): Promise<{ bytes: number; seconds: number }> {
  const startedMs = performance.now();
  const answer = await fetch(`${url}/v1/cubes/wide_cube/query?format=${format}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-encoding': encoding },
    body: JSON.stringify({ ...WIDE_QUESTION, limit: rows }),
  });
  if (answer.status !== 200 || answer.body === null) throw new Error(`${answer.status}: ${await answer.text()}`);
  let bytes = 0;
  let lines = 0;
  for await (const chunk of answer.body) {
    bytes += chunk.length;
    if (format === 'csv') for (const byte of chunk) if (byte === 10) lines++;
  }
  if (format === 'csv' && lines !== rows + 1) throw new Error(`${lines} lines, not ${rows + 1}`);
  return { bytes, seconds: (performance.now() - startedMs) / 1000 };
}
