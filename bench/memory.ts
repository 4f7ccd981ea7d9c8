import type { Result } from './figures.ts';
import { startIngestProcess } from './ingest-process.ts';
import { createPublication, openScene, rowsFrom, sourceOf, verifyRows } from './scene.ts';

const MIB = 2 ** 20;
const TARGET_MIB = 256;

/** Memory of the ingest process while one transaction of `rows` rows streams through it. */
export async function benchTransactionMemory(options: {
  rows: number;
  nodeOptions: readonly string[];
  onProgress: (text: string) => void;
}): Promise<Result> {
  const { rows, nodeOptions, onProgress } = options;
  const scene = await openScene();
  try {
    await createPublication(scene, 'big');
    const source = sourceOf(scene, 'big');
    const ingest = await startIngestProcess({ source, warehouse: scene.warehouse.config, journal: false, nodeOptions });
    await ingest.reach(await scene.walEnd());
    const idleMib = ingest.memoryPeak().residentBytes / MIB;
    onProgress(`one transaction of ${rows} rows`);
    await scene.database.query(`insert into purchases ${rowsFrom('1', String(rows))}`);
    const { seconds } = await ingest.reach(await scene.walEnd());
    const { residentBytes, anonymousBytes } = ingest.memoryPeak();
    await ingest.stop();
    await verifyRows(scene, 'big', rows);
    const peakMib = residentBytes / MIB;
    return {
      name: 'memory of ingest, one transaction',
      figures: {
        rows,
        'rows/s after the commit': rows / seconds,
        'peak RSS before it, MiB': idleMib,
        'peak RSS, MiB': peakMib,
        'of that not backed by files (RssAnon), MiB': anonymousBytes / MIB,
      },
      target: { text: `peak RSS under ${TARGET_MIB} MiB`, reached: peakMib < TARGET_MIB },
    };
  } finally {
    await scene.stop();
  }
}

/** Memory of the ingest process while it copies a table of `rows` rows for the first time. */
export async function benchSnapshotMemory(options: {
  rows: number;
  nodeOptions: readonly string[];
  onProgress: (text: string) => void;
}): Promise<Result> {
  const { rows, nodeOptions, onProgress } = options;
  const scene = await openScene();
  try {
    onProgress(`writing ${rows} rows`);
    await scene.database.query(`insert into purchases ${rowsFrom('1', String(rows))}`);
    await createPublication(scene, 'large');
    const source = sourceOf(scene, 'large');
    const ingest = await startIngestProcess({ source, warehouse: scene.warehouse.config, journal: false, nodeOptions });
    const { seconds } = await ingest.reach(await scene.walEnd());
    const { residentBytes, anonymousBytes } = ingest.memoryPeak();
    await ingest.stop();
    await verifyRows(scene, 'large', rows);
    const peakMib = residentBytes / MIB;
    return {
      name: 'memory of ingest, snapshot',
      figures: {
        rows,
        'rows/s': rows / seconds,
        'peak RSS, MiB': peakMib,
        'of that not backed by files (RssAnon), MiB': anonymousBytes / MIB,
      },
      target: { text: `peak RSS under ${TARGET_MIB} MiB`, reached: peakMib < TARGET_MIB },
    };
  } finally {
    await scene.stop();
  }
}
